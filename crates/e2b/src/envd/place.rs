//! Parts of a large file, each compared and written to its place in the whole as soon as it is there.
//!
//! `compose` would copy all of them in the end, and have twice the file's size on the disk for it.

use transport::Http;

use super::files::check;
use super::shell::failed;
use super::{Envd, EnvdError};

/// A part that was uploaded, and where it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartPlace<'a> {
    /// Path of the part.
    pub part: &'a str,
    /// What it must be, in lower-case hex.
    pub sha256: &'a str,
    /// Path of the whole.
    pub whole: &'a str,
    /// Where in the whole it begins, in MiB.
    pub offset_mib: u64,
}

/// A file that is complete, and where it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WholePlace<'a> {
    /// Path of the file.
    pub file: &'a str,
    /// Where it goes, absolute.
    pub destination: &'a str,
    /// Its length.
    pub bytes: u64,
    /// What is removed when it is there: the folder that the file was in.
    pub folder: &'a str,
}

/// Its arguments are the part, its SHA-256, the whole and the offset. To repeat it with the part sent
/// again does no harm. OpenSSL hashes three times as quickly as `sha256sum`, where it is there.
const PLACE: &str = r#"
sum=$(openssl dgst -sha256 -r < "$1" 2>/dev/null || sha256sum < "$1") || exit 1
[ "${sum%% *}" = "$2" ] || exit 4
dd if="$1" of="$3" bs=1048576 seek="$4" conv=notrunc && rm -f -- "$1"
"#;

/// The exit code that says that the part has other bytes.
const OTHER_BYTES: i32 = 4;

/// Its arguments are a file, its new path, its length and the folder to be removed then. A folder that is in
/// the way stays.
const PUT: &str = r#"
mkdir -p -- "${2%/*}/" && [ -w "${2%/*}/" ] || exit 3
mv -f -T -- "$1" "$2" || exit 1
[ "$(wc -c < "$2")" -eq "$3" ] || exit 5
rm -rf -- "$4" || exit 0
"#;

/// The exit code that says that the file is in its place and has another length.
const OTHER_LENGTH: i32 = 5;

/// The exit code that says that the folder cannot be made or is not the user's.
const NO_FOLDER: i32 = 3;

impl<H: Http> Envd<'_, H> {
    /// Compares a part with its checksum, writes it into the whole and removes it. `false` when it has
    /// other bytes; the whole is as before then.
    ///
    /// # Errors
    /// [`EnvdError::NoSpace`], [`EnvdError::Refused`] with what the command says; see [`EnvdError`].
    pub async fn place(&self, place: PartPlace<'_>) -> Result<bool, EnvdError> {
        let offset = place.offset_mib.to_string();
        let arguments = [place.part, place.sha256, place.whole, &offset];
        for argument in arguments {
            check(argument)?;
        }
        let completed = self.shell(PLACE, arguments).await?;
        match completed.ended.exit_code {
            0 => Ok(true),
            OTHER_BYTES => Ok(false),
            _ => Err(failed(&completed)),
        }
    }

    /// Moves a file to its place, in one step on the same disk; where the user may not, envd does it. Whether
    /// it is as long there as it should be; its folder is removed then.
    ///
    /// # Errors
    /// As [`Envd::join`].
    pub async fn put(&self, place: WholePlace<'_>) -> Result<bool, EnvdError> {
        let bytes = place.bytes.to_string();
        let arguments = [place.file, place.destination, &bytes, place.folder];
        for argument in arguments {
            check(argument)?;
        }
        let mut completed = self.shell(PUT, arguments).await?;
        if completed.ended.exit_code == NO_FOLDER
            && let Some((folder, _)) = place.destination.rsplit_once('/')
            && self.make_dir(folder).await?
        {
            // envd may where the user may not, and gave it to the user.
            completed = self.shell(PUT, arguments).await?;
        }
        match completed.ended.exit_code {
            0 => return Ok(true),
            OTHER_LENGTH => return Ok(false),
            _ => {}
        }
        self.join(&[place.file.to_owned()], place.destination)
            .await?;
        let there = self.stat(place.destination).await?;
        // What stays, in a folder for what passes, goes with the sandbox.
        let _ = self.remove(place.folder).await;
        Ok(there.is_some_and(|entry| entry.bytes == place.bytes))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::{Command, Stdio};

    use transport::testing::Script;

    use super::*;
    use crate::envd::process::stream_of;
    use crate::envd::testing::with;

    const FRAMED: &[(&str, &str)] = &[("content-type", "application/connect+json")];

    fn place(script: &Script) -> Result<bool, EnvdError> {
        let place = PartPlace {
            part: "/tmp/1",
            sha256: "ab",
            whole: "/tmp/whole",
            offset_mib: 16,
        };
        with(script, async |envd| envd.place(place).await)
    }

    #[test]
    fn a_part_is_placed_or_has_other_bytes_or_fails() {
        let script = Script::new()
            .reply_with(200, FRAMED, stream_of("", "", 0))
            .reply_with(200, FRAMED, stream_of("", "", 4))
            .reply_with(
                200,
                FRAMED,
                stream_of("", "dd: error writing: No space left on device", 1),
            );
        assert_eq!(place(&script), Ok(true));
        assert_eq!(place(&script), Ok(false));
        assert!(matches!(place(&script), Err(EnvdError::NoSpace { .. })));
        let start = String::from_utf8_lossy(script.requests()[0].body()).into_owned();
        assert!(
            start.contains(r#""/tmp/1","ab","/tmp/whole","16"]"#),
            "{start}"
        );
    }

    #[test]
    fn envd_helps_where_the_user_may_not() {
        let put = |script: &Script| {
            with(script, async |envd| {
                envd.put(WholePlace {
                    file: "/tmp/u/whole",
                    destination: "/data/x/a",
                    bytes: 7,
                    folder: "/tmp/u",
                })
                .await
            })
        };
        let refused = || stream_of("", "mkdir: Permission denied", 3);
        let made = r#"{"entry":{"name":"x","type":"FILE_TYPE_DIRECTORY","path":"/data/x"}}"#;
        let script = Script::new()
            .reply_with(200, FRAMED, refused())
            .reply(200, made)
            .reply_with(200, FRAMED, stream_of("", "", 0));
        assert_eq!(put(&script), Ok(true));
        let there = r#"{"code":"already_exists","message":"directory already exists"}"#;
        let script = Script::new()
            .reply_with(200, FRAMED, refused())
            .reply(409, there)
            .reply(200, r#"{"path":"/data/x/a","name":"a","type":"file"}"#)
            .reply(
                200,
                r#"{"entry":{"name":"a","type":"FILE_TYPE_FILE","path":"/data/x/a","size":"7"}}"#,
            )
            .reply(200, "{}");
        assert_eq!(put(&script), Ok(true));
        assert_eq!(script.requests()[2].uri().path(), "/files/compose");
        let script = Script::new().reply_with(200, FRAMED, stream_of("", "", 5));
        assert_eq!(put(&script), Ok(false));
    }

    /// The lines on this computer: what they leave is their contract.
    #[test]
    fn parts_in_any_order_make_the_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let sh = |script: &str, arguments: &[&str]| {
            let ended = Command::new("/bin/sh")
                .args(["-c", script, "sh"])
                .args(arguments)
                .stderr(Stdio::null())
                .status();
            ended.unwrap().code().unwrap()
        };
        let sum_of = |name: &str| {
            let told = Command::new("sha256sum").arg(path(name)).output().unwrap();
            let told = String::from_utf8(told.stdout).unwrap();
            told.split(' ').next().unwrap().to_owned()
        };
        fs::write(path("first"), vec![b'1'; 1 << 20]).unwrap();
        fs::write(path("last"), b"last").unwrap();
        let (first, last) = (sum_of("first"), sum_of("last"));
        assert_eq!(sh(PLACE, &[&path("last"), &last, &path("whole"), "1"]), 0);
        assert_eq!(sh(PLACE, &[&path("first"), &last, &path("whole"), "0"]), 4);
        assert_eq!(sh(PLACE, &[&path("first"), &first, &path("whole"), "0"]), 0);
        assert_eq!(sh(PLACE, &[&path("first"), &first, &path("whole"), "0"]), 1);
        assert!(fs::create_dir(path("in the way")).is_ok());
        fs::create_dir(path("parts")).unwrap();
        let put = |to: &str, bytes: u32| {
            let arguments = [
                &path("whole"),
                &path(to),
                &bytes.to_string(),
                &path("parts"),
            ];
            sh(PUT, &arguments.map(String::as_str))
        };
        assert_eq!(put("in the way", (1 << 20) + 4), 1);
        assert!(fs::exists(path("parts")).unwrap());
        assert_eq!(put("a/b c/there", (1 << 20) + 4), 0);
        assert!(!fs::exists(path("parts")).unwrap());
        let there = fs::read(path("a/b c/there")).unwrap();
        assert_eq!(there.len(), (1 << 20) + 4);
        assert!(there.ends_with(b"1last"));
        assert!(!fs::exists(path("first")).unwrap());
        fs::write(path("whole"), "short").unwrap();
        assert_eq!(put("short", 6), 5);
    }
}
