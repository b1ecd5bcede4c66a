"""Which processes belong to this run, and ending them.

They are those of the runner's own process group, and every descendant of the runner, whatever
group or session it went to. Orphans come to the runner too, because it is a subreaper.
"""

from __future__ import annotations

import os

from kbc_runner import signals

_PR_SET_CHILD_SUBREAPER = 36
_subreaper = False


def lead_own_group() -> None:
    """Makes the runner a group leader, should whoever started it have left out `setsid`: ending
    the group must never reach a process that is not ours."""
    if os.getpgrp() != os.getpid():
        os.setpgid(0, 0)


def adopt_orphans() -> None:
    """Makes the runner a subreaper. Called after a process was started, when there is time: no
    process loses its parent so early. `_ctypes` loads in a tenth of the time of `ctypes`."""
    global _subreaper
    if _subreaper:
        return
    _subreaper = True
    try:
        try:
            import _ctypes

            prctl = _ctypes.dlsym(_ctypes.dlopen(None, 0), "prctl")  # type: ignore[arg-type]
            _ctypes.call_function(prctl, (_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
        except (ImportError, AttributeError):
            import ctypes

            ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    except (ImportError, OSError, AttributeError):
        pass  # then only a daemon that left both group and parent can outlive a Stop


def ours(outside_group: bool = False) -> list[int]:
    """The living processes of this run without the runner; with `outside_group` only those which
    a signal to the group does not reach."""
    me = os.getpid()
    table: dict[int, tuple[int, int]] = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                # "pid (name) state ppid pgrp …": the name may hold spaces and brackets
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            continue  # gone meanwhile
        if fields[0] not in (b"Z", b"X"):
            table[int(name)] = (int(fields[1]), int(fields[2]))
    found = []
    for pid, (parent, group) in table.items():
        if pid == me:
            continue
        in_group = group == me
        if in_group and outside_group:
            continue
        ancestor = parent
        while not in_group and ancestor in table and ancestor != me:
            ancestor = table[ancestor][0]
        if in_group or ancestor == me:
            found.append(pid)
    return found


def send(pids: list[int], number: int) -> None:
    """Sends a signal to each process that is still there."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except OSError:
            pass


def kill_all() -> bool:
    """Sends SIGKILL to every process of this run; False when there was none."""
    pids = ours()
    send(pids, signals.SIGKILL)
    return bool(pids)
