//! Watching a folder: a stream of what changes in it (reference/e2b.md §3.5, `WatchDir`).

use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use http::header;
use serde::{Deserialize, Serialize};
use transport::{Http, HttpError, Timeout};

use super::SERVICE;
use crate::connect::{Frame, FrameDecoder, FrameError, encode};
use crate::envd::call::{SHORT, json, parse};
use crate::{Envd, EnvdError};

/// What happened in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderChange {
    /// Path of what it happened to, relative to the folder.
    pub name: String,
    /// What happened.
    pub kind: FolderChangeKind,
}

/// What can happen to a file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FolderChangeKind {
    /// It is new.
    Created,
    /// Its content changed.
    Written,
    /// It is gone.
    Removed,
    /// It has another name.
    Renamed,
    /// Its permissions changed.
    Permissions,
    /// What this version does not know.
    Other,
}

/// The changes of a folder. Dropping it ends the watch.
#[derive(Debug)]
pub struct FolderChanges<B> {
    body: B,
    decoder: FrameDecoder,
}

impl<H: Http> Envd<'_, H> {
    /// Watches a folder, and with `recursive` all below it; returns once nothing is missed any more.
    ///
    /// # Errors
    /// [`EnvdError::NotFound`]; [`EnvdError::Invalid`] for a file; see [`EnvdError`].
    pub async fn watch(
        &self,
        path: &str,
        recursive: bool,
    ) -> Result<FolderChanges<H::Body>, EnvdError> {
        #[derive(Serialize)]
        struct Request<'a> {
            path: &'a str,
            recursive: bool,
        }
        let request = self
            .rpc_request(SERVICE, "WatchDir")
            .header(header::CONTENT_TYPE, "application/connect+json")
            .header("Keepalive-Ping-Interval", "50")
            .extension(Timeout(SHORT));
        let message = json(&Request { path, recursive })?;
        let mut changes = FolderChanges {
            body: self.open(request, encode(&message)).await?,
            decoder: FrameDecoder::new(),
        };
        match changes.said().await? {
            Said::Started => Ok(changes),
            Said::Changed(_) | Said::Other => Err(EnvdError::UnexpectedReply {
                what: "changes before the watch began".to_owned(),
            }),
        }
    }
}

enum Said {
    Started,
    Changed(FolderChange),
    Other,
}

impl<B: Stream<Item = Result<Bytes, HttpError>> + Unpin> FolderChanges<B> {
    /// Waits for the next change.
    ///
    /// # Errors
    /// When the watch ended, whoever ended it: what changed since then is not known.
    pub async fn next(&mut self) -> Result<FolderChange, EnvdError> {
        loop {
            if let Said::Changed(change) = self.said().await? {
                return Ok(change);
            }
        }
    }

    async fn said(&mut self) -> Result<Said, EnvdError> {
        loop {
            match self.decoder.next_frame()? {
                Some(Frame::Message(message)) => return read(&message),
                Some(Frame::End(end)) => {
                    end?;
                    return Err(FrameError::Dropped.into());
                }
                None => match self.body.next().await {
                    Some(chunk) => self.decoder.push(&chunk?),
                    None => return Err(FrameError::Dropped.into()),
                },
            }
        }
    }
}

fn read(message: &[u8]) -> Result<Said, EnvdError> {
    #[derive(Deserialize)]
    struct Message {
        #[serde(default)]
        start: Option<serde::de::IgnoredAny>,
        #[serde(default)]
        filesystem: Option<Wire>,
    }
    #[derive(Deserialize)]
    struct Wire {
        #[serde(default)]
        name: String,
        #[serde(default, rename = "type")]
        kind: String,
    }
    let message: Message = parse(message)?;
    Ok(match message {
        Message {
            filesystem: Some(Wire { name, kind }),
            ..
        } => Said::Changed(FolderChange {
            name,
            kind: match kind.as_str() {
                "EVENT_TYPE_CREATE" => FolderChangeKind::Created,
                "EVENT_TYPE_WRITE" => FolderChangeKind::Written,
                "EVENT_TYPE_REMOVE" => FolderChangeKind::Removed,
                "EVENT_TYPE_RENAME" => FolderChangeKind::Renamed,
                "EVENT_TYPE_CHMOD" => FolderChangeKind::Permissions,
                _ => FolderChangeKind::Other,
            },
        }),
        Message { start: Some(_), .. } => Said::Started,
        Message { .. } => Said::Other,
    })
}

#[cfg(test)]
mod tests {
    use transport::testing::Script;

    use super::*;
    use crate::envd::testing::with;

    const FRAMED: &[(&str, &str)] = &[("content-type", "application/connect+json")];

    fn stream(messages: &[&str], end: Option<&str>) -> Vec<u8> {
        let mut bytes: Vec<u8> = messages
            .iter()
            .flat_map(|message| encode(&Bytes::copy_from_slice(message.as_bytes())).to_vec())
            .collect();
        if let Some(end) = end {
            bytes.push(2);
            bytes.extend(u32::try_from(end.len()).unwrap().to_be_bytes());
            bytes.extend(end.as_bytes());
        }
        bytes
    }

    #[test]
    fn changes_come_one_by_one_until_the_watch_ends() {
        let said = [
            r#"{"start":{}}"#,
            r#"{"keepalive":{}}"#,
            r#"{"filesystem":{"name":"a","type":"EVENT_TYPE_CREATE"}}"#,
            r#"{"filesystem":{"name":"b/c","type":"EVENT_TYPE_REMOVE"}}"#,
            r#"{"filesystem":{"name":"d","type":"EVENT_TYPE_NEW"}}"#,
        ];
        let script = Script::new().reply_with(200, FRAMED, stream(&said, Some("{}")));
        with(&script, async |envd| {
            let mut changes = envd.watch("/data", true).await.unwrap();
            let mut told = Vec::new();
            while let Ok(change) = changes.next().await {
                told.push((change.name, change.kind));
            }
            let change = |name: &str, kind| (name.to_owned(), kind);
            assert_eq!(
                told,
                [
                    change("a", FolderChangeKind::Created),
                    change("b/c", FolderChangeKind::Removed),
                    change("d", FolderChangeKind::Other),
                ]
            );
        });
        let asked = script.written().remove(0);
        assert!(asked.contains("/filesystem.Filesystem/WatchDir"), "{asked}");
        assert!(
            asked.ends_with(r#"{"path":"/data","recursive":true}"#),
            "{asked}"
        );
    }

    #[test]
    fn a_watch_that_never_began_is_an_error() {
        let missing = r#"{"error":{"code":"not_found","message":"no such folder"}}"#;
        for (body, is_missing) in [
            (stream(&[], Some(missing)), true),
            (stream(&[], None), false),
            (stream(&[r#"{"keepalive":{}}"#], Some("{}")), false),
        ] {
            let script = Script::new().reply_with(200, FRAMED, body);
            with(&script, async |envd| {
                let error = envd.watch("/data", false).await.unwrap_err();
                let found = matches!(error, EnvdError::NotFound { .. });
                assert_eq!(found, is_missing, "{error:?}");
            });
        }
    }
}
