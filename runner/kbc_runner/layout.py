"""The component's data folder: emptied of the run before, laid out for this one (§8.3)."""

from __future__ import annotations

import os

from kbc_runner import files
from kbc_runner.problem import Problem, is_out_of_space, out_of_space

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kbc_runner.plan import Plan

_FOLDERS = ("in", "in/tables", "in/files", "in/user", "out", "out/tables", "out/files")
# Only what a run makes. Other things in the data folder are the user's own uploads.
_OF_A_RUN = ("in", "out", "script.py", "config.json", "__pycache__", ".venv")


def lay_out(plan: Plan) -> None:
    """Makes {data} as the component finds it. Raises Problem."""
    try:
        os.makedirs(plan.data, exist_ok=True)
        for name in _OF_A_RUN:
            files.remove(f"{plan.data}/{name}")
        for folder in _FOLDERS:
            os.mkdir(f"{plan.data}/{folder}")
        files.write(f"{plan.data}/script.py", plan.code)
        files.write(f"{plan.data}/config.json", plan.config)
        files.write(f"{plan.data}/in/state.json", plan.state)
        os.chdir(plan.data)
    except OSError as error:
        raise trouble(error, plan.data) from error


def trouble(error: OSError, data: str) -> Problem:
    """The problem behind a failed write in the data folder."""
    if is_out_of_space(error):
        return out_of_space("there is no room for the run's files")
    return Problem(
        "data_not_writable",
        f"The runner cannot write to {data} ({error.strerror or type(error).__name__}). The folder "
        "must belong to the sandbox's user, as one that was made by uploading a file does.",
    )
