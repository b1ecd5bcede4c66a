"""The stream of events: NDJSON on stdout and, byte for byte the same, in `events.ndjson`.

Only the main thread emits, so numbers have no gap and lines never mix. The file is written first:
whoever loses the stream reads on there. It does not fill the disk: at a limit it is capped, and the
script's output goes to stdout alone.
"""

from __future__ import annotations

import binascii
import os
import select
import time

from kbc_runner import wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

BACKLOG_LIMIT = 16 << 20
STALL_SECONDS = 5.0
FILE_LIMIT = 512 << 20
# Room that is left to the script on the disk.
DISK_RESERVE = 64 << 20
# The disk is looked at after so many bytes.
DISK_LOOK = 4 << 20


class Events:
    """Numbers, times and writes events. A reader that does not read (a laptop that sleeps) holds
    the run up for 5 s. Then lines are left out of stdout, whole ones, until it reads on: the file
    has them. Where the file is capped, only `abandon` ends the waiting: the run is to end."""

    def __init__(
        self,
        path: str,
        began: float,
        abandon: Callable[[], bool],
        file_limit: int = FILE_LIMIT,
        disk_reserve: int = DISK_RESERVE,
    ) -> None:
        self._file_limit = file_limit
        self._disk_reserve = disk_reserve
        self._size = 0
        self._looked_at = 0
        self._capped = False
        # What is left of a line that the reader stood still in.
        self._rest = b""
        self._began = began
        self._abandon = abandon
        self._number = 0
        self._open_steps: list[str] = []
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        self._backlog = b""
        self._stdout_open = True
        try:
            os.set_blocking(1, False)
        except OSError:  # started without a stdout
            self._stdout_open = False

    def emit(self, kind: str, **fields: Any) -> None:
        """Writes one event at once."""
        self._check_room()
        passed = int((time.monotonic() - self._began) * 1000)
        head = f'{{"n":{self._number},"t":{passed},"e":"{kind}"'
        self._number += 1
        tail = "".join(f',"{name}":{wire.render(value)}' for name, value in fields.items())
        line = (head + tail + "}\n").encode("ascii")
        self._write_file(line)
        self._write_stdout(line)

    def out(self, stream: str, data: bytes) -> None:
        """Bytes of a process's output, as they were read."""
        self._check_room()
        passed = int((time.monotonic() - self._began) * 1000)
        head = f'{{"n":{self._number},"t":{passed},"e":"out","s":"{stream}","d":"'
        self._number += 1
        encoded = binascii.b2a_base64(data, newline=False)
        line = b"".join((head.encode("ascii"), encoded, b'"}\n'))
        if not self._capped:
            self._write_file(line)
        self._write_stdout(line)

    def began(self, step: str) -> None:
        """A step begins."""
        self._open_steps.append(step)
        self.emit("step", step=step, state="began")

    def done(self, step: str, **facts: Any) -> None:
        """A step that began is done."""
        self._open_steps.remove(step)
        self.emit("step", step=step, state="done", **facts)

    def fail_open_steps(self) -> None:
        """Every step that began and is not done has failed."""
        while self._open_steps:
            self.emit("step", step=self._open_steps.pop(0), state="failed")

    def _check_room(self) -> None:
        """Caps the file when it is large enough, or the disk nearly full."""
        if self._capped:
            return
        too_large = self._size >= self._file_limit or len(self._backlog) > BACKLOG_LIMIT
        if not too_large and self._size - self._looked_at >= DISK_LOOK:
            self._looked_at = self._size
            try:
                disk = os.fstatvfs(self._file)
                too_large = disk.f_bavail * disk.f_frsize < self._disk_reserve
            except OSError:
                pass
        if too_large:
            self._capped = True
            self.emit("capped")

    def _write_file(self, line: bytes) -> None:
        # A full disk must not tear a line: what does not fit waits in memory for the next try.
        self._size += len(line)
        pending = self._backlog + line if self._backlog else line
        self._backlog = b""
        try:
            while pending:
                pending = pending[os.write(self._file, pending) :]
        except OSError:
            self._backlog = pending

    def _write_stdout(self, line: bytes) -> None:
        if not self._stdout_open:
            return
        file_has_it = not self._capped and not self._backlog
        if self._rest:
            self._rest = self._push(self._rest, 0.0 if file_has_it else STALL_SECONDS)
            if self._rest:
                return
        self._rest = self._push(line, STALL_SECONDS)

    def _push(self, data: bytes, patience: float) -> bytes:
        """Writes to stdout; what a reader did not take in time is left over."""
        rest = memoryview(data)
        stalled = 0.0
        while rest:
            try:
                rest = rest[os.write(1, rest) :]
                stalled = 0.0
            except BlockingIOError:
                if stalled >= patience:
                    if not self._capped and not self._backlog:
                        return bytes(rest)
                    if self._abandon():
                        self._stdout_open = False
                        return b""
                if select.select([], [1], [], 0.25)[1]:
                    continue
                stalled += 0.25
            except OSError:  # the reader is gone; the file goes on
                self._stdout_open = False
                return b""
        return b""
