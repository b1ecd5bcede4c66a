//! The root directory of one sandbox: its own files, over which bubblewrap lays the host's programs.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::Path;

use crate::envd::config::Ids;

/// Where envd listens, inside the sandbox. Only root may enter the directory.
pub(crate) const SOCKET_DIRECTORY: &str = "run/envd";

const DIRECTORIES: [(&str, u32); 18] = [
    ("usr", 0o755),
    ("etc", 0o755),
    ("etc/ssl", 0o755),
    ("etc/ssl/certs", 0o755),
    ("proc", 0o555),
    ("dev", 0o755),
    ("sys", 0o555),
    ("opt", 0o755),
    ("mnt", 0o755),
    ("srv", 0o755),
    ("run", 0o755),
    (SOCKET_DIRECTORY, 0o700),
    ("var", 0o755),
    ("var/tmp", 0o1777),
    ("tmp", 0o1777),
    // Closed to the user but for passing through: a Python lent from below the host's /root is there.
    ("root", 0o711),
    ("home", 0o755),
    ("home/user", 0o755),
];

const FILES: [(&str, &str); 6] = [
    (
        "etc/passwd",
        "root:x:0:0:root:/root:/bin/bash\nuser:x:1000:1000::/home/user:/bin/bash\n",
    ),
    ("etc/group", "root:x:0:\nuser:x:1000:\n"),
    (
        "etc/hosts",
        "127.0.0.1\tlocalhost e2b.local\n::1\tlocalhost\n",
    ),
    ("etc/hostname", "e2b.local\n"),
    (
        "etc/nsswitch.conf",
        "passwd: files\ngroup: files\nhosts: files dns\n",
    ),
    (
        "etc/os-release",
        "PRETTY_NAME=\"e2b dev stack\"\nID=linux\n",
    ),
];

/// Files and directories of the host's `/etc` that its programs need.
pub(crate) const LENT: [&str; 5] = [
    "/etc/alternatives",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
];

/// Makes the directory `root`, which must not exist. `lent` is a directory of the host that will be
/// laid at its own path; everybody may pass through the directories above it.
pub(crate) fn build(root: &Path, lent: Option<&Path>, ids: Ids) -> io::Result<()> {
    fs::create_dir(root)?;
    // The mode of a new directory is cut by the umask; a sandbox must not depend on it.
    let mode = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode));
    mode(root, 0o755)?;
    for (directory, bits) in DIRECTORIES {
        let path = root.join(directory);
        fs::create_dir(&path)?;
        mode(&path, bits)?;
    }
    for (file, content) in FILES {
        fs::write(root.join(file), content)?;
        mode(&root.join(file), 0o644)?;
    }
    fs::write(
        root.join("etc/resolv.conf"),
        fs::read("/etc/resolv.conf").unwrap_or_default(),
    )?;
    fs::write(root.join("etc/ssl/certs/ca-certificates.crt"), "")?;
    for name in ["bin", "lib", "lib32", "lib64", "sbin"] {
        match fs::read_link(Path::new("/").join(name)) {
            Ok(target) => symlink(target, root.join(name))?,
            // A host whose /bin is a directory of its own has it bound.
            Err(_) if Path::new("/").join(name).is_dir() => fs::create_dir(root.join(name))?,
            Err(_) => {}
        }
    }
    let above = lent
        .and_then(Path::parent)
        .map(Path::ancestors)
        .into_iter()
        .flatten();
    for directory in above.collect::<Vec<_>>().into_iter().rev() {
        let path = root.join(directory.strip_prefix("/").unwrap_or(directory));
        if !path.exists() {
            fs::create_dir(&path)?;
            mode(&path, 0o755)?;
        }
    }
    match ids {
        Ids::Real => chown(root.join("home/user"), Some(1000), Some(1000)),
        Ids::Single => Ok(()),
    }
}
