//! One sandbox: what is told about it, how it is reached, and its life, which really ends at `endAt`.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use rustix::fs::{Mode, OFlags};
use tokio::net::UnixStream;
use tokio::process::Child;
use tokio::sync::watch;

use crate::envd::config::AccessToken;
use crate::envd::init::Init;
use crate::process_tree;
use crate::random;
use crate::template::Template;

/// Where a sandbox stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Running,
    Paused,
    /// No longer reachable; its processes are being killed.
    Ending,
    /// Killed and cleaned up.
    Gone,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Life {
    pub(crate) state: State,
    pub(crate) end_at: Timestamp,
}

/// What the create request decided.
#[derive(Clone, Debug)]
pub(crate) struct Traits {
    pub(crate) template: &'static Template,
    pub(crate) metadata: Option<BTreeMap<String, String>>,
    pub(crate) access_token: Option<AccessToken>,
    pub(crate) auto_pause: bool,
    pub(crate) auto_resume: bool,
    pub(crate) allow_internet_access: bool,
}

#[derive(Debug)]
pub(crate) struct Sandbox {
    pub(crate) id: String,
    pub(crate) traits: Traits,
    pub(crate) started_at: Timestamp,
    /// Process id of bubblewrap on the host.
    pub(crate) pid: u32,
    pub(crate) directory: PathBuf,
    /// The directory of envd's socket. Connecting through it keeps the path short: a socket address
    /// holds 108 bytes and state directories of tests are deep.
    sockets: OwnedFd,
    life: watch::Sender<Life>,
    /// The token of a secured one.
    access_token: Mutex<Option<AccessToken>>,
}

impl Sandbox {
    pub(crate) fn new(
        id: String,
        traits: Traits,
        pid: u32,
        directory: PathBuf,
        sockets: OwnedFd,
        life: Duration,
    ) -> Sandbox {
        let now = Timestamp::now();
        let (life, _) = watch::channel(Life {
            state: State::Running,
            end_at: later(now, life),
        });
        Sandbox {
            access_token: Mutex::new(traits.access_token.clone()),
            id,
            traits,
            started_at: now,
            pid,
            directory,
            sockets,
            life,
        }
    }

    pub(crate) fn life(&self) -> Life {
        *self.life.borrow()
    }

    /// The token that opens it now.
    pub(crate) fn access_token(&self) -> Option<AccessToken> {
        let token = self.access_token.lock();
        token.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Makes a new token; the one before opens nothing any more.
    pub(crate) async fn revoke(&self) -> io::Result<()> {
        let token = AccessToken(random::hex(32));
        self.init(&Init {
            access_token: Some(token.clone()),
            ..Init::default()
        })
        .await?;
        let known = self.access_token.lock();
        *known.unwrap_or_else(PoisonError::into_inner) = Some(token);
        Ok(())
    }

    /// Tells envd what changed.
    pub(crate) async fn init(&self, init: &Init) -> io::Result<()> {
        let body = serde_json::to_vec(init)?;
        let request = axum::http::Request::post("/init")
            .header("host", "envd")
            .header("content-type", "application/json")
            .body(Body::from(body))
            .map_err(io::Error::other)?;
        let stream = TokioIo::new(self.connect().await?);
        let (mut sender, connection) = hyper::client::conn::http1::handshake(stream)
            .await
            .map_err(io::Error::other)?;
        tokio::spawn(connection);
        let answer = sender.send_request(request).await;
        match answer.map_err(io::Error::other)?.status() {
            status if status.is_success() => Ok(()),
            status => Err(io::Error::other(format!("/init answered {status}"))),
        }
    }

    /// Opens a connection to envd.
    pub(crate) async fn connect(&self) -> io::Result<UnixStream> {
        connect(&self.sockets).await
    }

    /// Sets the end, which is never later than `most` after the start, whatever is asked for;
    /// `only_extend` keeps a later one.
    pub(crate) fn end_in(&self, life: Duration, most: Duration, only_extend: bool) {
        let end = later(Timestamp::now(), life).min(later(self.started_at, most));
        self.life.send_modify(|life| {
            if !only_extend || end > life.end_at {
                life.end_at = end;
            }
        });
    }

    /// Stops all processes. False when it is not running.
    pub(crate) fn pause(&self) -> bool {
        let paused = self.life.send_if_modified(|life| {
            let running = life.state == State::Running;
            if running {
                life.state = State::Paused;
            }
            running
        });
        if paused {
            process_tree::stop(self.pid);
        }
        paused
    }

    /// Lets the processes go on until a new end. False when it is not paused.
    pub(crate) fn resume(&self, duration: Duration) -> bool {
        let end_at = later(Timestamp::now(), duration);
        let resumed = self.life.send_if_modified(|life| {
            let paused = life.state == State::Paused;
            if paused {
                *life = Life {
                    state: State::Running,
                    end_at,
                };
            }
            paused
        });
        if resumed {
            process_tree::go_on(self.pid);
        }
        resumed
    }

    /// Ends the sandbox now. [`Self::gone`] waits for it.
    pub(crate) fn end(&self) {
        self.life.send_if_modified(|life| {
            let alive = matches!(life.state, State::Running | State::Paused);
            if alive {
                life.state = State::Ending;
            }
            alive
        });
    }

    /// Waits until nothing of the sandbox is left.
    pub(crate) async fn gone(&self) {
        // The sender is in our hands, so waiting cannot fail.
        let _ = self
            .life
            .subscribe()
            .wait_for(|life| life.state == State::Gone)
            .await;
    }

    /// Keeps the sandbox until its end, then kills it and removes its files. `ended` is called before
    /// the first process dies, so that nobody finds a sandbox that is half gone.
    pub(crate) async fn keep(&self, mut child: Child, ended: impl FnOnce()) {
        let mut life = self.life.subscribe();
        loop {
            let now = *life.borrow_and_update();
            let left = match now.state {
                State::Running => Some(until(now.end_at)),
                State::Paused => None,
                State::Ending | State::Gone => break,
            };
            tokio::select! {
                () = async { match left { Some(left) => tokio::time::sleep(left).await, None => std::future::pending().await } } => {
                    if self.life().end_at > Timestamp::now() {
                        continue;
                    }
                    if self.traits.auto_pause {
                        self.pause();
                    } else {
                        self.end();
                    }
                }
                _ = life.changed() => {}
                // envd or bubblewrap died of itself.
                _ = child.wait() => self.end(),
            }
        }
        ended();
        // An error means that it is dead already.
        let _ = child.kill().await;
        let directory = self.directory.clone();
        // The last process may still be writing while it dies; what is left after the second try is
        // removed with the state directory.
        let _ = tokio::task::spawn_blocking(move || {
            fs::remove_dir_all(&directory).or_else(|_| fs::remove_dir_all(&directory))
        })
        .await;
        self.life.send_modify(|life| life.state = State::Gone);
    }
}

/// Opens the directory that will hold envd's socket.
pub(crate) fn open_directory(path: &std::path::Path) -> io::Result<OwnedFd> {
    Ok(rustix::fs::open(
        path,
        OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
        Mode::empty(),
    )?)
}

pub(crate) async fn connect(directory: &OwnedFd) -> io::Result<UnixStream> {
    UnixStream::connect(format!("/proc/self/fd/{}/envd.sock", directory.as_raw_fd())).await
}

fn later(now: Timestamp, duration: Duration) -> Timestamp {
    now.checked_add(duration).unwrap_or(Timestamp::MAX)
}

fn until(end: Timestamp) -> Duration {
    Duration::try_from(end.duration_since(Timestamp::now())).unwrap_or(Duration::ZERO)
}
