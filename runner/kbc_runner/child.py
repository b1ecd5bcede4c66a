"""Starts a process and passes on its output until it has ended and its pipes are empty."""

from __future__ import annotations

import os

from kbc_runner import processes, signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from kbc_runner.control import Control
    from kbc_runner.events import Events

_CHUNK = 65536
_TICK_SECONDS = 0.02


def run(
    argv: list[str],
    environment: dict[str, str],
    streams: tuple[str, str],
    events: Events,
    control: Control,
    tick: Callable[[], None] | None = None,
) -> tuple[int | None, tuple[int, int] | None]:
    """Runs a program in the current folder, with /dev/null as its stdin, in the runner's group.

    Returns the wait status, or None when it was lost with a process out of reach, and what it used
    (see `Control.usages`). The end is
    that of the program *and* of everybody who holds its stdout or stderr, as for the component.
    `tick` is called at least every 20 ms; when it raises, the program is killed. Stopped when Stop
    came before; OSError when the program cannot be started.
    """
    control.check()
    pid, pipes = _spawn(argv, environment, streams)
    if control.reason is not None:  # Stop came in between, and may have missed the new process
        processes.send([pid], signals.SIGTERM)
    processes.adopt_orphans()
    try:
        while pipes or pid not in control.statuses:
            for descriptor in control.wait(list(pipes), _TICK_SECONDS if tick else None):
                data = os.read(descriptor, _CHUNK)
                if data:
                    events.out(pipes[descriptor], data)
                else:
                    os.close(descriptor)
                    del pipes[descriptor]
            if control.enforce():
                break
            if tick is not None:
                tick()
    finally:
        control.end_children()
        for descriptor in pipes:
            os.close(descriptor)
    return control.statuses.get(pid), control.usages.get(pid)


def _spawn(
    argv: list[str], environment: dict[str, str], streams: tuple[str, str]
) -> tuple[int, dict[int, str]]:
    out_read, out_write = os.pipe()
    err_read, err_write = os.pipe()
    try:
        pid = os.posix_spawn(
            argv[0],
            argv,
            environment,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, out_write, 1),
                (os.POSIX_SPAWN_DUP2, err_write, 2),
            ],
            # Python ignores these two, and what is ignored stays so in a child.
            setsigdef=[signals.SIGPIPE, signals.SIGXFSZ],
        )
    except BaseException:
        os.close(out_read)
        os.close(err_read)
        raise
    finally:
        os.close(out_write)
        os.close(err_write)
    return pid, {out_read: streams[0], err_read: streams[1]}
