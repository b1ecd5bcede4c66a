//! Making, moving and removing.

use serde::{Deserialize, Serialize};
use transport::Http;

use super::{Entry, SERVICE, Wire};
use crate::{Envd, EnvdError};

#[derive(Serialize)]
struct Path<'a> {
    path: &'a str,
}

#[derive(Deserialize)]
struct Made {
    entry: Wire,
}

/// An empty object; whatever stands in it does not matter.
#[derive(Deserialize)]
struct Done {}

impl<H: Http> Envd<'_, H> {
    /// Makes a folder, and those above it that are missing. Whether it was made now: `false` when it
    /// was there.
    ///
    /// # Errors
    /// [`EnvdError::Invalid`] when a file of the name is there; see [`EnvdError`].
    pub async fn make_dir(&self, path: &str) -> Result<bool, EnvdError> {
        let reply: Result<Made, EnvdError> = self.unary(SERVICE, "MakeDir", &Path { path }).await;
        match reply {
            Ok(_) => Ok(true),
            Err(EnvdError::AlreadyExists { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Moves a file or folder, also under another name. A file at the destination is replaced.
    ///
    /// # Errors
    /// [`EnvdError::NotFound`]; see [`EnvdError`].
    pub async fn rename(&self, source: &str, destination: &str) -> Result<Entry, EnvdError> {
        #[derive(Serialize)]
        struct Request<'a> {
            source: &'a str,
            destination: &'a str,
        }
        let request = Request {
            source,
            destination,
        };
        let reply: Made = self.unary(SERVICE, "Move", &request).await?;
        Ok(reply.entry.into())
    }

    /// Removes a file, or a folder with all that is in it. One that is gone already counts as removed.
    ///
    /// # Errors
    /// See [`EnvdError`].
    pub async fn remove(&self, path: &str) -> Result<(), EnvdError> {
        let reply: Result<Done, EnvdError> = self.unary(SERVICE, "Remove", &Path { path }).await;
        match reply {
            Ok(_) | Err(EnvdError::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use transport::testing::Script;

    use super::*;
    use crate::envd::testing::with;

    const ENTRY: &str = r#"{"entry":{"name":"b","type":"FILE_TYPE_DIRECTORY","path":"/data/b"}}"#;

    fn said(script: &Script) -> Vec<String> {
        let written = script.written();
        let last = |text: &String| {
            let method = text.split_once('\n').map_or("", |(line, _)| line);
            let body = text.rsplit_once("\n\n").map_or("", |(_, body)| body);
            format!("{} {body}", method.rsplit('/').next().unwrap_or_default())
        };
        written.iter().map(last).collect()
    }

    #[test]
    fn a_folder_is_made_once() {
        let script = Script::new()
            .reply(200, ENTRY)
            .reply(409, r#"{"code":"already_exists","message":"there"}"#)
            .reply(400, r#"{"code":"invalid_argument","message":"a file"}"#);
        let make = || with(&script, async |envd| envd.make_dir("/data/b").await);
        assert_eq!(make(), Ok(true));
        assert_eq!(make(), Ok(false));
        assert!(matches!(make(), Err(EnvdError::Invalid { .. })));
        assert_eq!(said(&script)[0], r#"MakeDir {"path":"/data/b"}"#);
    }

    #[test]
    fn a_move_tells_where_it_is_now() {
        let script = Script::new()
            .reply(200, ENTRY)
            .reply(404, r#"{"code":"not_found","message":"gone"}"#);
        let rename = || with(&script, async |envd| envd.rename("/a", "/data/b").await);
        assert_eq!(rename().unwrap().path, "/data/b");
        assert!(matches!(rename(), Err(EnvdError::NotFound { .. })));
        assert_eq!(
            said(&script)[0],
            r#"Move {"source":"/a","destination":"/data/b"}"#
        );
    }

    #[test]
    fn what_is_gone_is_removed() {
        let script = Script::new()
            .reply(200, "{}")
            .reply(404, r#"{"code":"not_found","message":"gone"}"#)
            .reply(403, r#"{"code":"permission_denied","message":"no"}"#);
        let remove = || with(&script, async |envd| envd.remove("/a").await);
        assert_eq!(remove(), Ok(()));
        assert_eq!(remove(), Ok(()));
        assert!(remove().is_err());
        assert_eq!(said(&script)[0], r#"Remove {"path":"/a"}"#);
    }
}
