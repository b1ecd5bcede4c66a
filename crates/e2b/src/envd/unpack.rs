//! Many files as one archive: uploaded like any file, unpacked, compared and put into their places by
//! one command.
//!
//! A form with a thousand files is a thousand writes of envd, and comparing them afterwards a thousand
//! programs; here it is one of each.

use transport::Http;

use super::files::check;
use super::shell::failed;
use super::{Envd, EnvdError};

/// The name of the list of checksums in an archive: a line for each file, as `sha256sum` writes it.
pub const ARCHIVE_SUMS: &str = "sums";

/// The folder of the files in an archive, in which they stand as below their folder.
pub const ARCHIVE_CONTENTS: &str = "files";

/// Its arguments are the archive, the folder, and a name for what lies in the folder for a moment: there
/// each file gets its place by a link, which is either made or not. Nothing is there before all of it
/// was compared.
const UNPACK: &str = r#"
here=$2/.kbc-e2b-$3
mkdir -p -- "$here" || exit 3
trap 'rm -rf -- "$here" "$1"' EXIT
tar -x -m -o -f "$1" -C "$here" && cd -- "$here" && sha256sum -c sums >/dev/null && cp -R -l -f files/. "$2/"
"#;

/// The exit code that says that the folder cannot be made.
const NO_FOLDER: i32 = 3;

impl<H: Http> Envd<'_, H> {
    /// Unpacks an archive of [`ARCHIVE_SUMS`] and [`ARCHIVE_CONTENTS`] into a folder, which is made when it is not
    /// there, and removes the archive. Each file is as its sum says, or none is there. `name` must be
    /// free in the folder, with our prefix.
    ///
    /// # Errors
    /// [`EnvdError::Refused`] with what the command says: no `tar`, other bytes, a folder that is not
    /// the user's; some files may be in their places then. [`EnvdError::NoSpace`]; see [`EnvdError`].
    pub async fn unpack(&self, archive: &str, folder: &str, name: &str) -> Result<(), EnvdError> {
        check(archive)?;
        check(folder)?;
        check(name)?;
        let arguments = [archive, folder, name];
        let mut completed = self.shell(UNPACK, arguments).await?;
        if completed.ended.exit_code == NO_FOLDER {
            // envd may where the user may not, and gives it to the user.
            self.make_dir(folder).await?;
            completed = self.shell(UNPACK, arguments).await?;
        }
        match completed.ended.exit_code {
            0 => Ok(()),
            _ => Err(failed(&completed)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use transport::testing::Script;

    use super::*;
    use crate::envd::process::stream_of;
    use crate::envd::testing::with;

    const FRAMED: &[(&str, &str)] = &[("content-type", "application/connect+json")];

    fn unpack(script: &Script) -> Result<(), EnvdError> {
        with(script, async |envd| {
            envd.unpack("/tmp/a.tar", "/data/input", "x1").await
        })
    }

    #[test]
    fn one_command_is_enough_where_the_folder_can_be_made() {
        let script = Script::new().reply_with(200, FRAMED, stream_of("", "", 0));
        assert_eq!(unpack(&script), Ok(()));
        let start = String::from_utf8_lossy(script.requests()[0].body()).into_owned();
        assert!(
            start.contains(r#""/tmp/a.tar","/data/input","x1"]"#),
            "{start}"
        );
    }

    #[test]
    fn envd_makes_the_folder_where_the_user_may_not() {
        let entry =
            r#"{"entry":{"name":"input","type":"FILE_TYPE_DIRECTORY","path":"/data/input"}}"#;
        let script = Script::new()
            .reply_with(200, FRAMED, stream_of("", "mkdir: Permission denied", 3))
            .reply(200, entry)
            .reply_with(200, FRAMED, stream_of("", "", 0));
        assert_eq!(unpack(&script), Ok(()));
        let paths = script.requests();
        assert_eq!(paths[1].uri().path(), "/filesystem.Filesystem/MakeDir");
    }

    #[test]
    fn what_fails_is_told() {
        let script = Script::new().reply_with(200, FRAMED, stream_of("", "tar: not found", 127));
        let Err(EnvdError::Refused { message, .. }) = unpack(&script) else {
            panic!("refused");
        };
        assert_eq!(message, "tar: not found");
        let full = stream_of("", "tar: a: Cannot write: No space left on device", 2);
        let script = Script::new().reply_with(200, FRAMED, full);
        assert!(matches!(unpack(&script), Err(EnvdError::NoSpace { .. })));
    }

    /// Runs the lines on this computer: what they leave is their contract.
    struct Place {
        folder: tempfile::TempDir,
    }

    impl Place {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            std::fs::create_dir_all(folder.path().join("from/files/sub")).unwrap();
            let place = Self { folder };
            place.write("from/files/-a b.csv", "1");
            place.write("from/files/sub/ž.csv", "2");
            place
        }

        fn path(&self) -> &std::path::Path {
            self.folder.path()
        }

        fn write(&self, path: &str, text: &str) {
            std::fs::write(self.path().join(path), text).unwrap();
        }

        fn read(&self, path: &str) -> Option<String> {
            std::fs::read_to_string(self.path().join(path)).ok()
        }

        fn sh(&self, script: &str, arguments: &[&str]) -> i32 {
            let ended = Command::new("/bin/sh")
                .args(["-c", script, "sh"])
                .args(arguments)
                .current_dir(self.path())
                .stderr(std::process::Stdio::null())
                .status();
            ended.unwrap().code().unwrap()
        }

        fn unpack(&self) -> i32 {
            self.sh("tar -c -f a.tar -C from sums files", &[]);
            let path = |name: &str| self.path().join(name).to_str().unwrap().to_owned();
            self.sh(UNPACK, &[&path("a.tar"), &path("into"), "x1"])
        }

        fn names(&self, folder: &str) -> Vec<String> {
            let all = std::fs::read_dir(self.path().join(folder)).into_iter();
            let mut names: Vec<String> = all
                .flatten()
                .map(|it| it.unwrap().file_name().to_str().unwrap().to_owned())
                .collect();
            names.sort();
            names
        }
    }

    const SUM: &str = "cd from && find files -type f -exec sha256sum {} + > sums";

    #[test]
    fn files_join_what_is_in_the_folder_and_replace_their_like() {
        let place = Place::new();
        std::fs::create_dir_all(place.path().join("into/sub")).unwrap();
        place.write("into/sub/ž.csv", "old");
        place.write("into/sub/other", "stays");
        place.sh(SUM, &[]);
        assert_eq!(place.unpack(), 0);
        assert_eq!(place.names("into"), ["-a b.csv", "sub"]);
        assert_eq!(place.read("into/-a b.csv").as_deref(), Some("1"));
        assert_eq!(place.read("into/sub/ž.csv").as_deref(), Some("2"));
        assert_eq!(place.read("into/sub/other").as_deref(), Some("stays"));
        assert_eq!(place.names("."), ["from", "into"]);
    }

    #[test]
    fn where_one_has_other_bytes_none_is_there() {
        let place = Place::new();
        place.sh(SUM, &[]);
        place.write("from/files/sub/ž.csv", "3");
        assert_ne!(place.unpack(), 0);
        assert!(place.names("into").is_empty());
        assert_eq!(place.names("."), ["from", "into"]);
    }

    #[test]
    fn a_folder_that_cannot_be_made_keeps_the_archive() {
        let place = Place::new();
        place.sh(SUM, &[]);
        place.write("into", "a file");
        assert_eq!(place.unpack(), 3);
        assert_eq!(place.names("."), ["a.tar", "from", "into"]);
    }
}
