"""The inputs of a debug job: what stands below `in/` of its archive becomes the run's own `in`."""

from __future__ import annotations

import os
import zipfile
import zlib

from kbc_runner.plan import BadPlan, checked_path
from kbc_runner.problem import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

_PIECE = 1 << 20


def unpack(archive: str, data: str, check: Callable[[], None]) -> int:
    """Unpacks the inputs into the data folder and returns their size. `check` is called now and
    then and may raise. Raises Problem, or OSError when the disk refuses."""
    try:
        with zipfile.ZipFile(archive) as source:
            return sum(_put(source, entry, data, check) for entry in source.infolist())
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _unusable(f"cannot be read ({error})") from error
    except BadPlan as error:
        raise _unusable("holds a name that leads out of the data folder") from error


def _put(
    source: zipfile.ZipFile, entry: zipfile.ZipInfo, data: str, check: Callable[[], None]
) -> int:
    check()
    # Whether the archive begins with the folder itself is not known (reference keboola §6).
    name = entry.filename.removeprefix("./").removeprefix("data/")
    if not name.startswith("in/") or name.endswith("/"):
        return 0
    target = f"{data}/{checked_path(name)}"
    os.makedirs(os.path.dirname(target), exist_ok=True)
    size = 0
    with source.open(entry) as content, open(target, "wb") as file:
        while piece := content.read(_PIECE):
            size += file.write(piece)
            check()
    return size


def _unusable(what: str) -> Problem:
    return Problem(
        "input_failed",
        f"The archive of the debug job {what}. Start another debug job, or run without it.",
    )
