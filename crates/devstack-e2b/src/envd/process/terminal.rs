//! The master side of a pseudo terminal.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::pty::OpenptFlags;
use rustix::termios::Winsize;
use tokio::io::unix::AsyncFd;

use super::messages::Size;
use crate::envd::account::Account;
use crate::envd::config::Ids;

#[derive(Debug)]
pub(super) struct Terminal {
    master: AsyncFd<OwnedFd>,
}

impl Terminal {
    /// Opens a terminal for the account; the second value is what becomes its process's standard
    /// streams.
    pub(super) fn open(size: Size, account: Account, ids: Ids) -> io::Result<(Terminal, OwnedFd)> {
        let master =
            rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        rustix::pty::grantpt(&master)?;
        rustix::pty::unlockpt(&master)?;
        let name = rustix::pty::ptsname(&master, Vec::new())?;
        let slave = rustix::fs::open(
            &name,
            OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC,
            Mode::empty(),
        )?;
        if ids == Ids::Real {
            std::os::unix::fs::fchown(&slave, Some(account.uid), Some(account.gid))?;
        }
        let flags = rustix::fs::fcntl_getfl(&master)?;
        rustix::fs::fcntl_setfl(&master, flags | OFlags::NONBLOCK)?;
        // SAFETY: the descriptor is owned by the `AsyncFd` and nobody else closes or replaces it.
        let terminal = Terminal {
            master: unsafe { AsyncFd::register(master) }?,
        };
        terminal.resize(size)?;
        Ok((terminal, slave))
    }

    pub(super) fn resize(&self, size: Size) -> io::Result<()> {
        let size = Winsize {
            ws_col: size.cols,
            ws_row: size.rows,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        Ok(rustix::termios::tcsetwinsize(self.master.as_fd(), size)?)
    }

    /// Reads what the process wrote; 0 when the last holder of the other side is gone.
    pub(super) async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let mut ready = self.master.readable().await?;
            match ready.try_io(|master| Ok(rustix::io::read(master.as_fd(), &mut *buffer)?)) {
                Ok(Err(error)) if error.raw_os_error() == Some(Errno::IO.raw_os_error()) => {
                    return Ok(0);
                }
                Ok(result) => return result,
                Err(_would_block) => {}
            }
        }
    }

    pub(super) async fn write(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let mut ready = self.master.writable().await?;
            if let Ok(written) =
                ready.try_io(|master| Ok(rustix::io::write(master.as_fd(), bytes)?))
            {
                bytes = bytes.get(written?..).unwrap_or(&[]);
            }
        }
        Ok(())
    }
}
