//! The processes of the sandbox: each with its output feed and its input, found by pid or tag, and
//! remembered for 30 s after its end.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal as UnixSignal, kill_process};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until};

use super::command::Spawned;
use super::exit::end_event;
use super::feed::{Event, Feed};
use super::messages::{
    Channel, ProcessConfig, ProcessInfo, Selector, Signal, Size, StartRequest, data_event,
};
use super::terminal::Terminal;
use crate::envd::connect::{Code, RpcError};

/// How long the exit of a process can still be learned by `Connect`.
const REMEMBERED: Duration = Duration::from_secs(30);
const PIPE_CHUNK: usize = 32 << 10;
const PTY_CHUNK: usize = 16 << 10;

/// One process, running or just ended.
#[derive(Debug)]
pub(super) struct Process {
    pub(super) pid: u32,
    config: ProcessConfig,
    tag: Option<String>,
    pub(super) feed: Feed,
    stdin: tokio::sync::Mutex<Option<ChildStdin>>,
    terminal: Option<Terminal>,
    deaf: watch::Sender<bool>,
}

impl Process {
    fn internal(message: impl Into<String>) -> RpcError {
        RpcError::new(Code::Internal, message)
    }

    pub(super) async fn write_stdin(&self, bytes: &[u8]) -> Result<(), RpcError> {
        if self.terminal.is_some() {
            return Err(Self::internal(
                "error writing to stdin: tty assigned to process — input should be written to the pty, not the stdin",
            ));
        }
        match self.stdin.lock().await.as_mut() {
            None => Err(Self::internal(
                "error writing to stdin: stdin not enabled or closed",
            )),
            Some(stdin) => stdin.write_all(bytes).await.map_err(|error| {
                Self::internal(format!(
                    "error writing to stdin: error writing to stdin of process '{}': {error}",
                    self.pid
                ))
            }),
        }
    }

    pub(super) async fn write_terminal(&self, bytes: &[u8]) -> Result<(), RpcError> {
        let Some(terminal) = &self.terminal else {
            return Err(Self::internal(
                "error writing to tty: tty not assigned to process — input should be written to the stdin, not the tty",
            ));
        };
        terminal.write(bytes).await.map_err(|error| {
            Self::internal(format!(
                "error writing to tty: error writing to tty of process '{}': {error}",
                self.pid
            ))
        })
    }

    pub(super) async fn close_stdin(&self) -> Result<(), RpcError> {
        if self.terminal.is_some() {
            return Err(RpcError::new(
                Code::Unknown,
                "error closing stdin: cannot close stdin for PTY process — send Ctrl+D (0x04) instead",
            ));
        }
        drop(self.stdin.lock().await.take());
        Ok(())
    }

    pub(super) fn resize(&self, size: Size) -> Result<(), RpcError> {
        let Some(terminal) = &self.terminal else {
            return Err(Self::internal(
                "error resizing tty: tty not assigned to process",
            ));
        };
        terminal
            .resize(size)
            .map_err(|error| Self::internal(format!("error resizing tty: {error}")))
    }

    /// Signals the leader only, and stops listening to its output from this moment.
    pub(super) fn signal(&self, signal: Signal) -> Result<(), RpcError> {
        self.deaf.send_replace(true);
        let signal = match signal {
            Signal::Term => UnixSignal::TERM,
            Signal::Kill => UnixSignal::KILL,
        };
        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw);
        pid.ok_or_else(|| Self::internal("error sending signal: process not started"))
            .and_then(|pid| {
                kill_process(pid, signal)
                    .map_err(|error| Self::internal(format!("error sending signal: {error}")))
            })
    }
}

/// All processes that were started over the API.
#[derive(Debug, Default)]
pub(crate) struct Processes {
    running: Mutex<HashMap<u32, Arc<Process>>>,
    ended: Mutex<HashMap<u32, Arc<Process>>>,
}

type Table = Mutex<HashMap<u32, Arc<Process>>>;

impl Processes {
    /// Takes over a child. It lives on when nobody listens; `limit` kills the leader when it is over.
    /// The events begin with the first byte of output.
    pub(super) fn adopt(
        self: &Arc<Self>,
        request: StartRequest,
        spawned: Spawned,
        deadline: Option<Instant>,
    ) -> (Arc<Process>, mpsc::Receiver<Event>) {
        let Spawned {
            mut child,
            terminal,
        } = spawned;
        let (deaf, _) = watch::channel(false);
        let process = Arc::new(Process {
            pid: child.id().unwrap_or_default(),
            config: request.process,
            tag: request.tag,
            feed: Feed::default(),
            stdin: tokio::sync::Mutex::new(child.stdin.take()),
            terminal,
            deaf,
        });
        self.forget_predecessors(&process);
        locked(&self.running).insert(process.pid, process.clone());
        let events = process.feed.listen();
        let (processes, supervised) = (self.clone(), process.clone());
        tokio::spawn(async move { processes.supervise(supervised, child, deadline).await });
        (process, events)
    }

    async fn supervise(&self, process: Arc<Process>, mut child: Child, deadline: Option<Instant>) {
        // The read ends stay open until the leader is gone, even when nobody reads them any more.
        let (mut stdout, mut stderr) = (child.stdout.take(), child.stderr.take());
        let mut deaf = process.deaf.subscribe();
        tokio::select! {
            () = async {
                tokio::join!(
                    pump(stdout.as_mut(), Channel::Stdout, &process.feed),
                    pump(stderr.as_mut(), Channel::Stderr, &process.feed),
                    pump_terminal(process.terminal.as_ref(), &process.feed),
                );
            } => {}
            _ = deaf.wait_for(|deaf| *deaf) => {}
            // The leader may be gone already while a descendant holds its output open.
            () = until(deadline) => drop(child.start_kill()),
        }
        let status = tokio::select! {
            status = child.wait() => status,
            () = until(deadline) => {
                drop(child.start_kill());
                child.wait().await
            }
        };
        drop((stdout, stderr));
        drop(process.stdin.lock().await.take());
        let end = match status {
            Ok(status) => end_event(status),
            // Only a second reaper could cause this; the process is gone, its code is not known.
            Err(_) => end_event(std::os::unix::process::ExitStatusExt::from_raw(0xff00)),
        };
        locked(&self.ended).insert(process.pid, process.clone());
        locked(&self.running).remove(&process.pid);
        process.feed.end(end).await;
        sleep(REMEMBERED).await;
        remove_if_same(&self.ended, &process);
    }

    /// A new process that reuses a pid or tag ends the memory of the one before.
    fn forget_predecessors(&self, process: &Process) {
        locked(&self.ended).retain(|pid, ended| {
            *pid != process.pid && (ended.tag.is_none() || ended.tag != process.tag)
        });
    }

    /// A running process.
    pub(super) fn find(&self, selector: &Selector) -> Result<Arc<Process>, RpcError> {
        select(&self.running, selector).ok_or_else(|| missing(selector))
    }

    /// A running process, or one that ended in the last 30 s.
    pub(super) fn find_or_recall(&self, selector: &Selector) -> Result<Arc<Process>, RpcError> {
        select(&self.running, selector)
            .or_else(|| select(&self.ended, selector))
            .ok_or_else(|| missing(selector))
    }

    pub(super) fn list(&self) -> Vec<ProcessInfo> {
        let mut list: Vec<ProcessInfo> = locked(&self.running)
            .values()
            .map(|process| ProcessInfo {
                config: process.config.clone(),
                pid: process.pid,
                tag: process.tag.clone(),
            })
            .collect();
        list.sort_by_key(|process| process.pid);
        list
    }
}

fn locked(table: &Table) -> std::sync::MutexGuard<'_, HashMap<u32, Arc<Process>>> {
    table.lock().unwrap_or_else(PoisonError::into_inner)
}

fn remove_if_same(table: &Table, process: &Arc<Process>) {
    let mut table = locked(table);
    if table
        .get(&process.pid)
        .is_some_and(|found| Arc::ptr_eq(found, process))
    {
        table.remove(&process.pid);
    }
}

fn select(table: &Table, selector: &Selector) -> Option<Arc<Process>> {
    let table = locked(table);
    match selector {
        Selector::Pid(pid) => table.get(pid).cloned(),
        Selector::Tag(tag) => table
            .values()
            .find(|process| process.tag.as_ref() == Some(tag))
            .cloned(),
    }
}

fn missing(selector: &Selector) -> RpcError {
    let which = match selector {
        Selector::Pid(pid) => format!("pid {pid}"),
        Selector::Tag(tag) => format!("tag {tag}"),
    };
    RpcError::new(Code::NotFound, format!("process with {which} not found"))
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

async fn pump(reader: Option<&mut (impl AsyncRead + Unpin)>, channel: Channel, feed: &Feed) {
    let Some(reader) = reader else { return };
    let mut buffer = vec![0; PIPE_CHUNK];
    // A pipe fails only when it is closed under us, which ends the output as well.
    while let Ok(read @ 1..) = reader.read(&mut buffer).await {
        publish(channel, buffer.get(..read), feed).await;
    }
}

async fn pump_terminal(terminal: Option<&Terminal>, feed: &Feed) {
    let Some(terminal) = terminal else { return };
    let mut buffer = vec![0; PTY_CHUNK];
    while let Ok(read @ 1..) = terminal.read(&mut buffer).await {
        publish(Channel::Pty, buffer.get(..read), feed).await;
    }
}

async fn publish(channel: Channel, bytes: Option<&[u8]>, feed: &Feed) {
    if let Some(bytes) = bytes.filter(|_| feed.is_heard()) {
        feed.publish(data_event(channel, bytes)).await;
    }
}
