"""The inputs: those in the plan and those that arrive later, from cache or by download.

A worker fetches one input at a time and touches nothing shared but two lists, as queues; events
are emitted by the main thread alone.
"""

from __future__ import annotations

import os
import time

from kbc_runner import files, wire
from kbc_runner.cache import Cache, put_in_place
from kbc_runner.layout import trouble
from kbc_runner.plan import BadPlan, Input
from kbc_runner.problem import Problem, Stopped, is_out_of_space, out_of_space

TYPE_CHECKING = False
if TYPE_CHECKING:
    import threading

    from kbc_runner.control import Control
    from kbc_runner.events import Events
    from kbc_runner.plan import Plan

_WORKERS = 4
# A cached input up to this size is copied at once; above, by a worker, so that Stop and the
# installer's output are not held up.
_AT_ONCE_BYTES = 64 << 20
_ARRIVAL_PATIENCE_SECONDS = 10.0
_LEAVE_SECONDS = 1.0


class Cancelled(Exception):
    """The run ended while an input was on its way."""


class Inputs:
    """Everything below {data}/in that the engine announced."""

    def __init__(
        self, plan: Plan, arrivals: str, cache: str, events: Events, control: Control
    ) -> None:
        self._data = plan.data
        self._expected = plan.inputs
        self._ready = plan.ready
        self._arrivals = arrivals
        self._cache = Cache(cache)
        self._events = events
        self._control = control
        self._known: set[str] = set()
        self._arrived: set[str] = set()
        self._unreadable: dict[str, float] = {}
        self._waiting: list[Input] = []
        self._finished: list[tuple[Input, int, bool, BaseException | None]] = []
        self._workers: list[threading.Thread] = []
        self._placed = 0
        self._cancelled = False
        self._facts = {"tables": 0, "files": 0, "bytes": 0, "unchanged": 0}

    def begin(self) -> None:
        """Starts with the inputs of the plan."""
        self._events.began("inputs")
        for wanted in self._ready:
            self._accept(wanted)
        self._ready = []
        self.advance()
        if self._expected == 0:
            self._finish()

    def complete(self) -> bool:
        """Whether every input is in place."""
        return self._placed >= self._expected

    def advance(self) -> None:
        """Takes up what has arrived, reports what is in place. Raises Problem."""
        while self._finished:
            wanted, size, cached, error = self._finished.pop(0)
            if error is not None:
                raise self._problem(wanted, error) from error
            self._report(wanted, size, cached)
        if self._waiting:  # its worker may have ended just before it came
            self._employ()
        if len(self._known) < self._expected:
            self._look_for_arrivals()

    def cancel(self) -> None:
        """Gives up what is on its way. Workers get a moment to remove what they had begun."""
        self._cancelled = True
        self._waiting.clear()
        deadline = time.monotonic() + _LEAVE_SECONDS
        for worker in self._workers:
            worker.join(max(0.0, deadline - time.monotonic()))

    def _accept(self, wanted: Input) -> None:
        if wanted.path in self._known:
            return  # announced in the plan and by a file too
        self._known.add(wanted.path)
        if len(self._known) > self._expected:
            raise Problem("internal", f"The input {wanted.path} was not announced in the plan.")
        size = self._cache.size(wanted)
        if size is None and wanted.cache_key is not None and not wanted.urls:
            raise Problem(
                "input_failed",
                f"{wanted.path}: the sandbox no longer holds its copy. Run again to fetch it.",
            )
        if size is not None and size <= _AT_ONCE_BYTES and not wanted.unpack:
            try:
                placed = self._cache.place(wanted, self._data, self._check)
            except (OSError, Cancelled) as error:
                raise self._problem(wanted, error) from error
            self._report(wanted, placed, cached=True)
            return
        self._waiting.append(wanted)
        self._employ()

    def _employ(self) -> None:
        import threading

        self._workers = [worker for worker in self._workers if worker.is_alive()]
        if len(self._workers) < _WORKERS:
            worker = threading.Thread(target=self._work, daemon=True)
            self._workers.append(worker)
            worker.start()

    def _work(self) -> None:
        while True:
            try:
                wanted = self._waiting.pop(0)
            except IndexError:
                return
            size, cached = 0, False
            failure: BaseException | None = None
            try:
                size, cached = self._bring(wanted)
            except BaseException as error:  # told by the main thread
                failure = error
            self._finished.append((wanted, size, cached, failure))
            self._control.wake()

    def _bring(self, wanted: Input) -> tuple[int, bool]:
        from kbc_runner import download

        def fetch(target: str) -> int:
            return download.fetch(wanted, target, self._check)

        if wanted.cache_key is None:
            return put_in_place(wanted, self._data, fetch), False
        fresh = self._cache.keep(wanted, fetch)
        return self._cache.place(wanted, self._data, self._check), not fresh

    def _check(self) -> None:
        if self._cancelled or self._control.reason is not None:
            raise Cancelled

    def _report(self, wanted: Input, size: int, cached: bool) -> None:
        self._placed += 1
        if wanted.unpack:
            for kind in ("tables", "files"):
                self._facts[kind] += _inputs_in(f"{self._data}/in/{kind}")
        else:
            self._facts["files" if wanted.path.startswith("in/files/") else "tables"] += 1
        self._facts["bytes"] += size
        self._facts["unchanged"] += cached
        self._events.emit(
            "input", path=wanted.path, bytes=size, cached=cached, cache_key=wanted.cache_key
        )
        if self._placed == self._expected:
            self._finish()

    def _finish(self) -> None:
        self._events.done("inputs", **self._facts)

    def _problem(self, wanted: Input, error: BaseException) -> Exception:
        if isinstance(error, Cancelled):
            return Stopped()
        if isinstance(error, Problem):
            return error
        if isinstance(error, OSError):
            if is_out_of_space(error):
                return out_of_space(f"{wanted.path} does not fit")
            return trouble(error, self._data)
        return error if isinstance(error, Exception) else Stopped()

    def _look_for_arrivals(self) -> None:
        try:
            names = os.listdir(self._arrivals)
        except FileNotFoundError:
            return
        for name in sorted(names):
            if name in self._arrived or not name.endswith(".json"):
                continue
            now = time.monotonic()
            try:
                wanted = Input(wire.parse(files.read(f"{self._arrivals}/{name}")))
            except BadPlan as error:
                raise Problem("internal", f"An input is wrong: {error}.") from error
            except (ValueError, FileNotFoundError):
                # Half of it may have been written yet.
                if now - self._unreadable.setdefault(name, now) > _ARRIVAL_PATIENCE_SECONDS:
                    raise Problem("internal", f"The input file {name} is not JSON.") from None
                continue
            self._arrived.add(name)
            self._accept(wanted)


def _inputs_in(folder: str) -> int:
    return sum(not name.endswith(".manifest") for name in os.listdir(folder))
