//! A folder of the sandbox as an archive, for whoever takes it out.

use transport::Http;

use super::files::check;
use super::{Envd, EnvdError};

/// Its errors end with 2, as those of `tar`: 1 is that of something that changed while it was read.
/// Others than GNU's `tar` end with 1 for any error.
const PACK: &str = r#"mkdir -p "${1%/*}" || exit 2
tar -czf "$1" -C "$2" -- "$3"; code=$?
[ "$code" -eq 1 ] || exit "$code"
tar --version 2>/dev/null | grep -q GNU || exit 2
echo changed"#;

impl<H: Http> Envd<'_, H> {
    /// Packs a folder into an archive beside nothing else: its entries begin with the folder's name.
    /// Whether something in it changed meanwhile, so that the archive may hold no one state of it.
    ///
    /// # Errors
    /// [`EnvdError::NoSpace`], [`EnvdError::Refused`] with what `tar` says; see [`EnvdError`].
    pub async fn pack(&self, folder: &str, archive: &str) -> Result<bool, EnvdError> {
        check(folder)?;
        check(archive)?;
        let (parent, name) = match folder.trim_end_matches('/').rsplit_once('/') {
            Some(("", name)) => ("/", name),
            Some((parent, name)) => (parent, name),
            None => (".", folder),
        };
        let told = self.script(PACK, [archive, parent, name]).await?;
        Ok(told == b"changed\n")
    }
}

#[cfg(test)]
mod tests {
    use transport::testing::Script;

    use super::*;
    use crate::envd::process::stream_of;
    use crate::envd::testing::with;

    #[test]
    fn a_full_disk_and_other_failures_of_a_command_are_told() {
        let framed: &[(&str, &str)] = &[("content-type", "application/connect+json")];
        let script = Script::new()
            .reply_with(
                200,
                framed,
                stream_of("", "cat: write error: No space left on device", 1),
            )
            .reply_with(200, framed, stream_of("", "tar: nope: Cannot stat", 2));
        let pack = || {
            with(&script, async |envd| {
                envd.pack("/data/out", "/tmp/x.tgz").await
            })
        };
        assert!(matches!(pack(), Err(EnvdError::NoSpace { .. })));
        let Err(EnvdError::Refused { message, .. }) = pack() else {
            panic!("refused");
        };
        assert_eq!(message, "tar: nope: Cannot stat");
        let start = String::from_utf8_lossy(script.requests()[0].body()).into_owned();
        assert!(start.contains(r#""/tmp/x.tgz","/data","out"]"#), "{start}");
    }
}
