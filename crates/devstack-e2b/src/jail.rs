//! Starts envd inside bubblewrap. One long-lived `bwrap` is one sandbox: when it dies, everything in
//! it dies.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc;

use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::envd::config::{Config, Ids};
use crate::host::{Host, SANDBOX_CA_BUNDLE};
use crate::root::{LENT, SOCKET_DIRECTORY};

/// What root may do inside: what a container runtime leaves it, nothing that reaches the host.
const CAPABILITIES: [&str; 8] = [
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_NET_BIND_SERVICE",
];

/// Programs that a template without `uv` must not have.
const UV_NAMES: [&str; 2] = ["uv", "uvx"];

/// Rebuilds the directories of the PATH that hold `uv` without it.
fn without_uv(host: &Host) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = Vec::new();
    let mut add = |words: &[&dyn AsRef<OsStr>]| {
        arguments.extend(words.iter().map(|word| word.as_ref().to_owned()));
    };
    let python = host
        .python
        .as_ref()
        .map(|python| (python.join("bin"), Path::new("/opt/python/bin")));
    let local = (
        Path::new("/usr/local/bin").to_owned(),
        Path::new("/usr/local/bin"),
    );
    for (outside, inside) in python.into_iter().chain([local]) {
        let is_uv = |name: &OsStr| UV_NAMES.iter().any(|uv| name == *uv);
        let entries: Vec<_> = fs::read_dir(&outside)
            .into_iter()
            .flatten()
            .flatten()
            .collect();
        if !entries.iter().any(|entry| is_uv(&entry.file_name())) {
            continue;
        }
        add(&[&"--perms", &"0755", &"--tmpfs", &inside]);
        for entry in entries.iter().filter(|entry| !is_uv(&entry.file_name())) {
            let place = inside.join(entry.file_name());
            match fs::read_link(entry.path()) {
                Ok(target) => add(&[&"--symlink", &target, &place]),
                Err(_) => add(&[&"--ro-bind", &entry.path(), &place]),
            }
        }
        add(&[&"--remount-ro", &inside]);
    }
    for name in UV_NAMES {
        let path = Path::new("/usr/bin").join(name);
        if path.exists() {
            // Too large to rebuild; there `uv` becomes a file that cannot be run.
            add(&[&"--ro-bind", &host.nothing, &path]);
        }
    }
    arguments
}

/// How one sandbox differs from another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Jail<'a> {
    pub(crate) directory: &'a Path,
    pub(crate) uv: bool,
    pub(crate) network: bool,
}

impl Jail<'_> {
    /// The PATH of commands inside.
    pub(crate) fn path(self, host: &Host) -> String {
        let mut path = String::new();
        if host.python.is_some() {
            path.push_str("/opt/python/bin:");
        }
        if self.uv && host.uv.is_some() {
            path.push_str("/opt/uv:");
        }
        path + "/usr/local/bin:/usr/bin:/bin"
    }

    fn arguments(self, host: &Host) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = Vec::new();
        let mut add = |words: &[&dyn AsRef<OsStr>]| {
            arguments.extend(words.iter().map(|word| word.as_ref().to_owned()));
        };
        add(&[
            &"--bind",
            &self.directory.join("root"),
            &"/",
            &"--ro-bind",
            &"/usr",
            &"/usr",
        ]);
        for name in ["/bin", "/lib", "/lib32", "/lib64", "/sbin"] {
            if Path::new(name).is_dir() && !Path::new(name).is_symlink() {
                add(&[&"--ro-bind", &name, &name]);
            }
        }
        for lent in LENT {
            if Path::new(lent).exists() {
                add(&[&"--ro-bind", &lent, &lent]);
            }
        }
        add(&[&"--ro-bind", &host.ca_bundle, &SANDBOX_CA_BUNDLE]);
        add(&[&"--ro-bind", &host.envd, &"/opt/devstack/envd"]);
        if let Some(python) = &host.python {
            add(&[&"--ro-bind", python, &"/opt/python"]);
            // Also where it was built for: its libraries and scripts may name that place.
            add(&[&"--ro-bind", python, python]);
        }
        if let Some(uv) = host.uv.as_ref().filter(|_| self.uv) {
            add(&[&"--ro-bind", uv, &"/opt/uv/uv"]);
        }
        if !self.uv {
            arguments.extend(without_uv(host));
        }
        let mut add = |words: &[&dyn AsRef<OsStr>]| {
            arguments.extend(words.iter().map(|word| word.as_ref().to_owned()));
        };
        add(&[
            &"--proc",
            &"/proc",
            &"--dev",
            &"/dev",
            &"--perms",
            &"1777",
            &"--tmpfs",
            &"/dev/shm",
        ]);
        add(&[
            &"--unshare-pid",
            &"--unshare-ipc",
            &"--unshare-uts",
            &"--hostname",
            &"e2b.local",
        ]);
        add(&[
            &"--die-with-parent",
            &"--new-session",
            &"--clearenv",
            &"--chdir",
            &"/",
        ]);
        if !self.network {
            add(&[&"--unshare-net"]);
        }
        match host.ids {
            Ids::Real => {
                add(&[&"--cap-drop", &"ALL"]);
                for capability in CAPABILITIES {
                    add(&[&"--cap-add", &capability]);
                }
            }
            Ids::Single => add(&[&"--unshare-user", &"--uid", &"1000", &"--gid", &"1000"]),
        }
        let socket = format!("/{SOCKET_DIRECTORY}/envd.sock");
        add(&[&"--", &"/opt/devstack/envd", &"envd", &"--socket", &socket]);
        arguments
    }

    /// Starts the sandbox's envd. Its words, and bubblewrap's, go to `envd.log` of the directory.
    pub(crate) async fn start(
        self,
        host: &Host,
        config: &Config,
        spawner: &Spawner,
    ) -> io::Result<Child> {
        let log = fs::File::create(self.directory.join("envd.log"))?;
        let mut command = Command::new(&host.bwrap);
        command
            .args(self.arguments(host))
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true);
        let mut child = spawner.spawn(command).await?;
        if let Some(mut stdin) = child.stdin.take() {
            let config = serde_json::to_vec(config).map_err(io::Error::other)?;
            stdin.write_all(&config).await?;
        }
        Ok(child)
    }
}

struct Order {
    command: Command,
    runtime: Handle,
    started: oneshot::Sender<io::Result<Child>>,
}

/// A thread that starts all sandboxes. "Die with parent" means the thread that forked, and threads of
/// an async runtime come and go; this one lives as long as the stack.
#[derive(Debug)]
pub(crate) struct Spawner {
    orders: mpsc::Sender<Order>,
}

impl Spawner {
    pub(crate) fn start() -> Spawner {
        let (orders, inbox) = mpsc::channel::<Order>();
        std::thread::spawn(move || {
            while let Ok(Order {
                mut command,
                runtime,
                started,
            }) = inbox.recv()
            {
                let _inside = runtime.enter();
                // Who ordered may have given up; the child is then killed by being dropped.
                let _ = started.send(command.spawn());
            }
        });
        Spawner { orders }
    }

    async fn spawn(&self, command: Command) -> io::Result<Child> {
        let (started, result) = oneshot::channel();
        let gone = || io::Error::other("the thread that starts sandboxes is gone");
        self.orders
            .send(Order {
                command,
                runtime: Handle::current(),
                started,
            })
            .map_err(|_| gone())?;
        result.await.map_err(|_| gone())?
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_python_that_brings_uv_is_lent_without_it() {
        let prefix = tempfile::tempdir().unwrap();
        let bin = prefix.path().join("bin");
        fs::create_dir(&bin).unwrap();
        for name in ["python3.13", "uv", "uvx"] {
            fs::write(bin.join(name), "").unwrap();
        }
        symlink("python3.13", bin.join("python3")).unwrap();
        let host = Host {
            bwrap: "bwrap".into(),
            ids: Ids::Real,
            envd: "envd".into(),
            python: Some(prefix.path().to_owned()),
            uv: Some("/tools/uv".into()),
            ca_bundle: "bundle".into(),
            nothing: "nothing".into(),
        };
        let arguments = |uv| {
            let jail = Jail {
                directory: Path::new("/state/i1"),
                uv,
                network: true,
            };
            let words = jail
                .arguments(&host)
                .into_iter()
                .map(|word| word.into_string().unwrap());
            (jail.path(&host), words.collect::<Vec<_>>().join(" "))
        };
        let (path, with) = arguments(true);
        assert!(path.starts_with("/opt/python/bin:/opt/uv:"), "{path}");
        assert!(with.contains("--ro-bind /tools/uv /opt/uv/uv"), "{with}");
        let (path, without) = arguments(false);
        assert!(!path.contains("/opt/uv"), "{path}");
        assert!(
            without.contains("--perms 0755 --tmpfs /opt/python/bin"),
            "{without}"
        );
        assert!(
            without.contains("--symlink python3.13 /opt/python/bin/python3"),
            "{without}"
        );
        assert!(
            without.contains("/bin/python3.13 /opt/python/bin/python3.13"),
            "{without}"
        );
        for name in UV_NAMES {
            assert!(
                !without.contains(&format!(" /opt/python/bin/{name} ")),
                "{without}"
            );
        }
    }
}
