"""The two commands, from the folder to the last event."""

from __future__ import annotations

import os
import sys
import time

from kbc_runner import child, files, layout, processes, script, signals
from kbc_runner.control import Control
from kbc_runner.events import Events
from kbc_runner.inputs import Inputs
from kbc_runner.packages import Packages
from kbc_runner.plan import PROTOCOL, BadPlan, Plan
from kbc_runner.problem import Problem, Stopped

_PLAN_PATIENCE_SECONDS = 600.0


def execute(command: str, folder: str, began: float) -> int:
    """Runs a command with its folder; the process's exit code is 0 when it could report."""
    processes.lead_own_group()
    control = Control()
    control.install()
    folder = os.path.abspath(folder)
    try:
        events = Events(f"{folder}/events.ndjson", began, lambda: control.reason is not None)
    except OSError as error:
        os.write(2, f"kbc_runner: cannot write to {folder}: {error.strerror}\n".encode())
        return 1
    home = os.path.join(os.path.expanduser("~"), ".kbc-e2b")
    uv = script.find_program("uv", os.environ.get("PATH", ""))
    version = ".".join(map(str, sys.version_info[:3]))
    events.emit("hello", protocol=PROTOCOL, python=version, uv=uv is not None, pid=os.getpid())
    fine = False
    try:
        plan = _read_plan(folder, control, whole=command == "run")
        job = _Job(plan, folder, home, uv, events, control)
        fine = job.run() if command == "run" else job.fetch()
    except Problem as problem:
        events.fail_open_steps()
        events.emit("problem", code=problem.code, message=problem.message)
    except Stopped:
        events.fail_open_steps()
        if command == "run":
            events.emit("exit", code=None, signal=None, ms=0, reason=control.reason)
    except Exception as error:  # whatever it is, it must be told, and `finished` must come
        events.fail_open_steps()
        place = error.__traceback__
        while place is not None and place.tb_next is not None:
            place = place.tb_next
        where = f"{os.path.basename(place.tb_frame.f_code.co_filename)}:{place.tb_lineno}" if place else ""
        events.emit(
            "problem",
            code="internal",
            message=f"The runner failed ({type(error).__name__} at {where}). This is a defect of "
            "the extension, not of your code; please report it.",
        )
    events.emit("finished", ok=fine)
    return 0


def _read_plan(folder: str, control: Control, whole: bool) -> Plan:
    path = f"{folder}/plan.json"
    deadline = time.monotonic() + _PLAN_PATIENCE_SECONDS
    while True:
        control.check()
        _check_abort(folder)
        try:
            return Plan(files.read(path), whole)
        except FileNotFoundError:
            problem = Problem("aborted", "No plan came within ten minutes.")
        except BadPlan as error:
            raise Problem("internal", f"The plan is wrong: {error}.") from error
        except ValueError:  # half of it is there
            problem = Problem("internal", "The plan is not JSON.")
            deadline = min(deadline, time.monotonic() + 10.0)
        if time.monotonic() >= deadline:
            raise problem
        control.wait([], 0.01)


def _check_abort(folder: str) -> None:
    try:
        reason = files.read(f"{folder}/abort").strip()
    except FileNotFoundError:
        return
    raise Problem("aborted", reason or "The run was given up before the script began.")


class _Job:
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
        self._inputs.begin()
        Packages(venv, self._uv, environment, events, control, self._tick).prepare(plan.packages)
        while not self._inputs.complete():
            control.wait([], 0.02)
            control.check()
            self._tick()
        control.check()
        fine = self._run_script(venv, environment)
        self._list_outputs()
        return fine

    def fetch(self) -> bool:
        """Puts the plan's inputs in place; True when all are."""
        self._inputs.begin()
        while not self._inputs.complete():
            self._control.wait([], 0.02)
            self._control.check()
            self._tick()
        return True

    def _tick(self) -> None:
        _check_abort(self._folder)
        self._inputs.advance()

    def _run_script(self, venv: str, environment: dict[str, str]) -> bool:
        plan, events, control = self._plan, self._events, self._control
        command = script.command(plan.code, venv, self._uv)
        events.began("script")
        began = time.monotonic()
        try:
            status = child.run(command, environment, ("stdout", "stderr"), events, control)
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
        events.emit("exit", code=code, signal=signal, ms=passed, reason=reason)
        return fine

    def _list_outputs(self) -> None:
        from kbc_runner import outputs

        self._events.began("outputs")
        found = outputs.find(self._plan.data, self._plan.config)
        self._events.emit("outputs", **found)
        self._events.done("outputs", tables=len(found["tables"]), files=len(found["files"]))
