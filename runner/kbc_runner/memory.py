"""Whether the system ended processes for lack of memory: its counters tell, a signal does not."""

from __future__ import annotations


def oom_kills(root: str = "") -> int | None:
    """How many processes were ended so far for lack of memory, here or in the whole sandbox; None
    where nothing counts them. `root` is where the file system begins."""
    # Lines "number:controllers:group"; version 2 of control groups has number 0 and no controllers.
    # A container sees its own group as the root of the tree.
    places = []
    for line in _lines(f"{root}/proc/self/cgroup"):
        number, _, rest = line.partition(":")
        controllers, _, group = rest.partition(":")
        if (number, controllers) == ("0", ""):
            places.append(f"{root}/sys/fs/cgroup{group}/memory.events")
        elif "memory" in controllers.split(","):
            places.append(f"{root}/sys/fs/cgroup/memory{group}/memory.oom_control")
    places += [
        f"{root}/sys/fs/cgroup/memory.events",
        f"{root}/sys/fs/cgroup/memory/memory.oom_control",
        # All of the machine: right in a virtual machine of its own, too much in a container.
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
