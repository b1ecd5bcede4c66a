"""The stream of events: NDJSON on stdout and, byte for byte the same, in `events.ndjson`.

Only the main thread emits, so numbers have no gap and lines never mix. The file is written first:
whoever loses the stream reads on there.
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
ABANDON_SECONDS = 5.0


class Events:
    """Numbers, times and writes events. A reader that does not read holds the run up, as a full
    pipe does, until `abandon` says that the run is to end: then it is given up after 5 s."""

    def __init__(self, path: str, began: float, abandon: Callable[[], bool]) -> None:
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
        passed = int((time.monotonic() - self._began) * 1000)
        head = f'{{"n":{self._number},"t":{passed},"e":"{kind}"'
        self._number += 1
        tail = "".join(f',"{name}":{wire.render(value)}' for name, value in fields.items())
        self._write((head + tail + "}\n").encode("ascii"))

    def out(self, stream: str, data: bytes) -> None:
        """Bytes of a process's output, as they were read."""
        passed = int((time.monotonic() - self._began) * 1000)
        head = f'{{"n":{self._number},"t":{passed},"e":"out","s":"{stream}","d":"'
        self._number += 1
        encoded = binascii.b2a_base64(data, newline=False)
        self._write(b"".join((head.encode("ascii"), encoded, b'"}\n')))

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

    def _write(self, line: bytes) -> None:
        self._write_file(line)
        if self._stdout_open:
            self._write_stdout(line)

    def _write_file(self, line: bytes) -> None:
        # A full disk must not tear a line: what does not fit waits in memory for the next try.
        pending = self._backlog + line if self._backlog else line
        self._backlog = b""
        try:
            while pending:
                pending = pending[os.write(self._file, pending) :]
        except OSError:
            if len(pending) <= BACKLOG_LIMIT:
                self._backlog = pending

    def _write_stdout(self, line: bytes) -> None:
        rest = memoryview(line)
        stalled = 0.0
        while rest:
            try:
                rest = rest[os.write(1, rest) :]
                stalled = 0.0
            except BlockingIOError:
                if select.select([], [1], [], 0.25)[1]:
                    continue
                stalled += 0.25
                if stalled >= ABANDON_SECONDS and self._abandon():
                    self._stdout_open = False
                    return
            except OSError:  # the reader is gone; the file goes on
                self._stdout_open = False
                return
