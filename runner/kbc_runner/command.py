"""The two commands, from the folder to the last event."""

from __future__ import annotations

import os
import sys
import time

from kbc_runner import files, processes, script
from kbc_runner.abort import check_abort
from kbc_runner.control import Control
from kbc_runner.events import Events
from kbc_runner.job import Job
from kbc_runner.plan import PROTOCOL, BadPlan, Plan
from kbc_runner.problem import Problem, Stopped

_PLAN_PATIENCE_SECONDS = 600.0
# Most plans come within moments; one that does not is looked for with less effort.
_SOON_SECONDS = 30.0
_SOON_TICK_SECONDS = 0.002
_TICK_SECONDS = 0.01
# An upload makes the folder of its file as root and hands it to the user afterwards (reference e2b
# §3.3); a runner that was started ahead of its plan may look between the two.
_HANDED_OVER_SECONDS = 5.0


def execute(command: str, folder: str, began: float) -> int:
    """Runs a command with its folder; the process's exit code is 0 when it could report."""
    processes.lead_own_group()
    control = Control()
    control.install()
    folder = os.path.abspath(folder)
    try:
        events = _open_events(folder, began, control)
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
        job = Job(plan, folder, home, uv, events, control)
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
        where = (
            f"{os.path.basename(place.tb_frame.f_code.co_filename)}:{place.tb_lineno}"
            if place
            else ""
        )
        events.emit(
            "problem",
            code="internal",
            message=f"The runner failed ({type(error).__name__} at {where}). This is a defect of "
            "the extension, not of your code; please report it.",
        )
    events.emit("finished", ok=fine)
    return 0


def _open_events(folder: str, began: float, control: Control) -> Events:
    deadline = time.monotonic() + _HANDED_OVER_SECONDS
    while True:
        try:
            os.makedirs(folder, exist_ok=True)
            return Events(f"{folder}/events.ndjson", began, lambda: control.reason is not None)
        except PermissionError:
            if control.reason is not None or time.monotonic() >= deadline:
                raise
        control.wait([], _SOON_TICK_SECONDS)


def _read_plan(folder: str, control: Control, whole: bool) -> Plan:
    path = f"{folder}/plan.json"
    began = time.monotonic()
    deadline = began + _PLAN_PATIENCE_SECONDS
    while True:
        control.check()
        check_abort(folder)
        try:
            return Plan(files.read(path), whole)
        except FileNotFoundError:
            problem = Problem("aborted", "No plan came within ten minutes.")
        except BadPlan as error:
            raise Problem("internal", f"The plan is wrong: {error}.") from error
        except ValueError:  # half of it is there
            problem = Problem("internal", "The plan is not JSON.")
            deadline = min(deadline, time.monotonic() + 10.0)
        now = time.monotonic()
        if now >= deadline:
            raise problem
        control.wait([], _SOON_TICK_SECONDS if now - began < _SOON_SECONDS else _TICK_SECONDS)
