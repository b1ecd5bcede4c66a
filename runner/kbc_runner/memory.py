"""Whether the system ended processes for lack of memory: its counters tell, a signal does not."""

from __future__ import annotations


def oom_kills(root: str = "") -> int | None:
    """How many processes were ended so far for lack of memory, here or in the whole sandbox; None
    where nothing counts them. `root` is where the file system begins."""
    group = "/"
    for line in _lines(f"{root}/proc/self/cgroup"):
        if line.startswith("0::"):
            group = line[3:]
    places = [
        f"{root}/sys/fs/cgroup{group}/memory.events",
        f"{root}/sys/fs/cgroup/memory.events",
        f"{root}/proc/vmstat",
    ]
    for place in places:
        for line in _lines(place):
            name, _, number = line.partition(" ")
            if name == "oom_kill" and number.isdigit():
                return int(number)
    return None


def _lines(path: str) -> list[str]:
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read().splitlines()
    except OSError:
        return []
