"""Starts the runner as the engine does and reads its events."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Callable

RUNNER = Path(__file__).resolve().parent.parent / "kbc_runner" / "__main__.py"
Event = dict[str, Any]


class Result:
    """What a runner wrote; made by `Runner.finish`, which checks what holds for every run."""

    def __init__(self, stdout: bytes, events: list[Event]) -> None:
        self.stdout = stdout
        self.events = events

    def all(self, kind: str) -> list[Event]:
        return [event for event in self.events if event["e"] == kind]

    def one(self, kind: str) -> Event:
        found = self.all(kind)
        assert len(found) == 1, f"{len(found)} {kind} in {self.summary()}"
        return found[0]

    def out(self, stream: str) -> bytes:
        return b"".join(self.chunks(stream))

    def chunks(self, stream: str) -> list[bytes]:
        return [base64.b64decode(event["d"]) for event in self.all("out") if event["s"] == stream]

    def steps(self) -> list[tuple[str, str]]:
        return [(event["step"], event["state"]) for event in self.all("step")]

    def table(self, name: str) -> Event:
        found = [table for table in self.one("outputs")["tables"] if table["name"] == name]
        assert len(found) == 1, self.one("outputs")
        return dict(found[0])

    def summary(self) -> str:
        lines = [json.dumps(event) for event in self.events if event["e"] != "out"]
        return "\n".join([*lines, (self.out("install") + self.out("stderr")).decode()])


class Runner:
    """A running runner."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self.process = process
        self.folder = folder
        self._lines: list[bytes] = []

    def read_until(self, wanted: Callable[[Event], bool]) -> Event:
        """Reads events up to the first that is wanted."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.append(line)
            event: Event = json.loads(line)
            if wanted(event):
                return event
        raise AssertionError(f"it never came: {b''.join(self._lines)!r}")

    def read_until_output(self, text: bytes) -> None:
        seen = b""

        def has_text(event: Event) -> bool:
            nonlocal seen
            seen += base64.b64decode(event.get("d", ""))
            return text in seen

        self.read_until(has_text)

    def stop(self) -> None:
        os.killpg(self.process.pid, signal.SIGTERM)

    def put(self, name: str, content: str) -> None:
        """Writes a file into the run's folder, as an upload by the engine does."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)

    def finish(self, timeout: float = 30) -> Result:
        # Not `communicate`: it would miss what `read_until` has read ahead.
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        watchdog = threading.Timer(timeout, self.process.kill)
        watchdog.start()
        with self.process.stdout, self.process.stderr:
            stdout = b"".join(self._lines) + self.process.stdout.read()
            assert self.process.stderr.read() == b""
        assert self.process.wait() == 0
        watchdog.cancel()
        assert stdout == (self.folder / "events.ndjson").read_bytes()
        assert stdout.endswith(b"\n")
        events = [json.loads(line) for line in stdout.splitlines()]
        assert [event["n"] for event in events] == list(range(len(events)))
        times = [event["t"] for event in events]
        assert times == sorted(times)
        assert [event["e"] for event in events].count("finished") == 1
        assert events[0]["e"] == "hello"
        assert events[-1]["e"] == "finished"
        return Result(stdout, events)


class Sandbox:
    """A home, a data folder and a PATH."""

    def __init__(self, home: Path, root: Path, path: str) -> None:
        self.home = home
        self.root = root
        self.data = root / "data"
        self.environment = {"HOME": str(home), "PATH": path, "LANG": "C.UTF-8"}
        self._runs = 0
        self._started: list[subprocess.Popen[bytes]] = []

    def close(self) -> None:
        """Ends what a failed test left running."""
        for process in self._started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def start(
        self, code: str = "", command: str = "run", plan: bool = True, **fields: Any
    ) -> Runner:
        self._runs += 1
        folder = self.root / "runs" / str(self._runs)
        folder.mkdir(parents=True)
        if plan:
            (folder / "plan.json").write_text(json.dumps(self.plan(code, **fields)))
        process = subprocess.Popen(
            [sys.executable, "-ESu", str(RUNNER), command, str(folder)],
            env=self.environment,
            cwd=self.root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._started.append(process)
        return Runner(process, folder)

    def run(self, code: str = "", timeout: float = 30, **fields: Any) -> Result:
        return self.start(code, **fields).finish(timeout)

    def fetch(self, *ready: Event) -> Result:
        return self.start(command="fetch", ready=list(ready)).finish()

    def plan(self, code: str, **fields: Any) -> Event:
        ready = fields.get("ready", [])
        return {
            "protocol": 1,
            "run": "run-1",
            "data": str(self.data),
            "code": code,
            "venv": "base",
            "packages": [],
            "config": "{}",
            "state": "{}",
            "environment": {},
            "inputs": len(ready),
            "ready": ready,
            "limit_seconds": 0,
            **fields,
        }


def an_input(path: str = "in/tables/a.csv", **fields: Any) -> Event:
    """An Input of the protocol with nothing special about it."""
    return {
        "path": path,
        "cache_key": None,
        "manifest": None,
        "urls": [],
        "gzip": False,
        "header": None,
        "parts": None,
        "bytes": None,
        **fields,
    }


def is_alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def wait_until(condition: Callable[[], bool], seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.01)
