"""One run (or one later fetch of inputs), step by step."""

from __future__ import annotations

import os
import time

from kbc_runner import child, layout, memory, script, signals
from kbc_runner.abort import check_abort
from kbc_runner.inputs import Inputs
from kbc_runner.packages import Packages
from kbc_runner.problem import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kbc_runner.control import Control
    from kbc_runner.events import Events
    from kbc_runner.plan import Plan

_TICK_SECONDS = 0.02


class Job:
    """Carries out a plan."""

    def __init__(
        self,
        plan: Plan,
        folder: str,
        home: str,
        uv: str | None,
        events: Events,
        control: Control,
    ) -> None:
        self._plan = plan
        self._folder = folder
        self._home = home
        self._uv = uv
        self._events = events
        self._control = control
        self._inputs = Inputs(plan, f"{folder}/inputs", f"{home}/cache", events, control)

    def run(self) -> bool:
        """All of a run; True when the script ended by itself with code 0."""
        plan, events, control = self._plan, self._events, self._control
        control.limit(plan.limit_seconds)
        layout.lay_out(plan)
        venv = f"{self._home}/venv/{plan.venv}"
        environment = script.environment(os.environ, plan.environment, venv, self._uv)
        packages = Packages(venv, self._uv, environment, events, control, self._tick)
        try:
            self._inputs.begin()
            packages.prepare(plan.packages)
            self._await_inputs()
        except BaseException:
            self._inputs.cancel()
            raise
        fine = self._run_script(venv, environment)
        self._list_outputs()
        return fine

    def fetch(self) -> bool:
        """Puts the plan's inputs in place; True when all are."""
        try:
            self._inputs.begin()
            self._await_inputs()
        except BaseException:
            self._inputs.cancel()
            raise
        return True

    def _await_inputs(self) -> None:
        while not self._inputs.complete():
            self._control.wait([], _TICK_SECONDS)
            self._control.check()
            self._tick()
        self._control.check()
        check_abort(self._folder)

    def _tick(self) -> None:
        check_abort(self._folder)
        self._inputs.advance()

    def _run_script(self, venv: str, environment: dict[str, str]) -> bool:
        plan, events, control = self._plan, self._events, self._control
        command = script.command(plan.code, venv, self._uv)
        if self._uv is None and script.has_inline_metadata(plan.code):
            events.out("install", script.METADATA_WITHOUT_UV)
        events.began("script")
        began = time.monotonic()
        kills = memory.oom_kills()
        control.measures = True
        try:
            status, usage = child.run(command, environment, ("stdout", "stderr"), events, control)
        except OSError as error:
            raise Problem(
                "internal", f"The script could not be started ({error.strerror})."
            ) from error
        code = signal = None
        if status is not None and os.WIFSIGNALED(status):
            signal = signals.name(os.WTERMSIG(status))
        elif status is not None:
            code = os.WEXITSTATUS(status)
        reason = control.reason or "ended"
        passed = int((time.monotonic() - began) * 1000)
        fine = code == 0 and reason == "ended"
        if fine:
            events.done("script")
        else:
            events.fail_open_steps()
        peak, cpu = usage or (None, None)
        events.emit(
            "exit",
            code=code,
            signal=signal,
            ms=passed,
            reason=reason,
            out_of_memory=kills is not None and kills < (memory.oom_kills() or 0),
            peak_memory=peak,
            cpu_ms=cpu,
        )
        return fine

    def _list_outputs(self) -> None:
        from kbc_runner import outputs

        self._events.began("outputs")
        found = outputs.find(self._plan.data, self._plan.config)
        self._events.emit("outputs", **found)
        self._events.done("outputs", tables=len(found["tables"]), files=len(found["files"]))
