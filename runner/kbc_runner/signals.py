"""Signal numbers and calls without the `signal` module, whose enums cost 3 ms at every start."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
else:
    import _signal

_OTHER_NAMES = frozenset(
    ("SIG_DFL", "SIG_IGN", "SIG_BLOCK", "SIG_UNBLOCK", "SIG_SETMASK", "SIGIOT", "SIGCLD", "SIGPOLL")
)

SIGCHLD = int(_signal.SIGCHLD)
SIGHUP = int(_signal.SIGHUP)
SIGINT = int(_signal.SIGINT)
SIGKILL = int(_signal.SIGKILL)
SIGPIPE = int(_signal.SIGPIPE)
SIGTERM = int(_signal.SIGTERM)
SIGXFSZ = int(_signal.SIGXFSZ)

handle = _signal.signal
set_wakeup_fd = _signal.set_wakeup_fd


def name(number: int) -> str:
    """`SIGKILL` for 9; a real-time signal without a name is `SIG42`."""
    for key, value in vars(_signal).items():
        if value == number and key.startswith("SIG") and key not in _OTHER_NAMES:
            return str(key)
    return f"SIG{number}"
