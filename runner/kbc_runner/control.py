"""Stop, the time limit, and waiting for anything to happen.

SIGTERM to the group is Stop. The runner survives it; its children have five seconds to end and are
then killed. The time limit does the same, only that the runner itself sends the SIGTERM.
"""

from __future__ import annotations

import os
import select
import time

from kbc_runner import processes, signals
from kbc_runner.problem import Stopped

GRACE_SECONDS = 5.0
_DRAIN_SECONDS = 1.0


class Control:
    """The state of Stop and limit. `reason` is None until one of them came."""

    def __init__(self) -> None:
        self.reason: str | None = None
        self.statuses: dict[int, int] = {}
        # Peak memory in bytes and processor time in milliseconds of children that have ended.
        self.usages: dict[int, tuple[int, int]] = {}
        # Not from the start: it imports a module, for which there is time when the script runs.
        self.measures = False
        self._limit_at: float | None = None
        self._kill_at: float | None = None
        self._gone_since: float | None = None
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)

    def install(self) -> None:
        """Takes over the signals of this process."""
        signals.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        for number in (signals.SIGTERM, signals.SIGINT, signals.SIGHUP):
            signals.handle(number, self._on_stop)
        signals.handle(signals.SIGCHLD, lambda *_: None)  # only to wake `wait`

    def _on_stop(self, *_: object) -> None:
        if self.reason is None:
            self.reason = "stopped"

    def limit(self, seconds: float) -> None:
        """Ends the run that many seconds from now; 0 is never."""
        self._limit_at = time.monotonic() + seconds if seconds > 0 else None

    def wake(self) -> None:
        """Ends a `wait`; the only thing here that another thread may call."""
        try:
            os.write(self._wake_write, b"\0")
        except BlockingIOError:
            pass

    def wait(self, descriptors: list[int], seconds: float | None) -> list[int]:
        """Those of `descriptors` that can be read, at the latest after `seconds`, sooner when a
        signal came or a child ended."""
        if self.reason is not None:
            seconds = 0.02 if seconds is None else min(seconds, 0.02)
        elif self._limit_at is not None:
            left = max(0.0, self._limit_at - time.monotonic())
            seconds = left if seconds is None else min(seconds, left)
        ready = select.select([*descriptors, self._wake_read], [], [], seconds)[0]
        if self._wake_read in ready:
            ready.remove(self._wake_read)
            try:
                os.read(self._wake_read, 4096)
            except BlockingIOError:
                pass
        if self._limit_at is not None and time.monotonic() >= self._limit_at:
            self._limit_at = None
            if self.reason is None:
                self.reason = "limit"
        self._reap()
        return ready

    def check(self) -> None:
        """Raises Stopped when Stop or the limit came."""
        if self.reason is not None:
            raise Stopped

    def enforce(self) -> bool:
        """Called in a loop while children run. After Stop or limit it ends them; True when none is
        left, though a process that is out of reach may still hold their pipes."""
        if self.reason is None:
            return False
        now = time.monotonic()
        if self._kill_at is None:
            self._kill_at = now + GRACE_SECONDS
            # Stop has reached the group already; a limit has reached nobody yet.
            processes.send(processes.ours(self.reason == "stopped"), signals.SIGTERM)
        remaining = processes.kill_all() if now >= self._kill_at else bool(processes.ours())
        if remaining:
            self._gone_since = None
            return False
        if self._gone_since is None:
            self._gone_since = now
        return now - self._gone_since >= _DRAIN_SECONDS

    def end_children(self) -> None:
        """Kills what is left of the run and waits until it is gone."""
        deadline = time.monotonic() + 2.0
        while processes.kill_all() and time.monotonic() < deadline:
            time.sleep(0.005)
            self._reap()
        self._reap()

    def _reap(self) -> None:
        while True:
            try:
                if self.measures:
                    pid, status, usage = os.wait4(-1, os.WNOHANG)
                else:
                    pid, status = os.waitpid(-1, os.WNOHANG)
                    usage = None
            except ChildProcessError:
                return
            if pid == 0:
                return
            self.statuses[pid] = status
            if usage is not None:
                passed = int((usage.ru_utime + usage.ru_stime) * 1000)
                self.usages[pid] = (usage.ru_maxrss * 1024, passed)
