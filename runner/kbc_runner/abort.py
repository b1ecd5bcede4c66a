"""The engine's way to call a run off before the script begins: the file `abort`."""

from __future__ import annotations

from kbc_runner import files
from kbc_runner.problem import Problem


def check_abort(folder: str) -> None:
    """Raises Problem when the run was called off; the file's text is the reason."""
    try:
        reason = files.read(f"{folder}/abort").strip()
    except FileNotFoundError:
        return
    raise Problem("aborted", reason or "The run was given up before the script began.")
