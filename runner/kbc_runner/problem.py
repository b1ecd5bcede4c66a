"""How a run that cannot go on says so."""

from __future__ import annotations

import errno


class Problem(Exception):
    """Ends the run with a `problem` event. `message` is for the user: what, why, what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Stopped(Exception):
    """Stop or the time limit came before the script began. `control.reason` tells which."""


def is_out_of_space(error: OSError) -> bool:
    """Whether a write failed for lack of space (or of quota, or over the file size limit)."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def out_of_space(what: str) -> Problem:
    """The problem of a full disk, met while doing `what` (a sentence's subject)."""
    return Problem(
        "no_space",
        f"The sandbox's disk is full: {what}. Use fewer or smaller inputs, filter the columns and "
        "rows of the input mapping, or take a template with a larger disk.",
    )
