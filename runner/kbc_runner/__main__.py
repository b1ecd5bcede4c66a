"""Entry point: `python3 -ESu …/kbc_runner/__main__.py run DIR` or `… fetch DIR`.

Naming the file and not the folder spares `runpy`, and -S the packages of the sandbox's Python:
5 ms and 2 to 40 ms. The folder works too.

Only what every run needs is imported at the top of these modules. An interpreter starts in about
10 ms; `json`, `typing`, `pathlib`, `subprocess` or `urllib` would each add as much again to the
time until a script's first line, so they are imported where they are first needed, or not at all.
"""

from __future__ import annotations

import os
import sys
import time


def main() -> int:
    began = time.monotonic()
    # Python puts the package's inside on the path. Its parent belongs there, so that the modules
    # have one name, `kbc_runner.x`, wherever they are used from.
    inside = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [os.path.dirname(inside)] + [path for path in sys.path if path != inside]
    arguments = sys.argv[1:]
    if len(arguments) != 2 or arguments[0] not in ("run", "fetch"):
        os.write(2, b"usage: python3 kbc_runner (run | fetch) DIR\n")
        return 2
    from kbc_runner.command import execute

    return execute(arguments[0], arguments[1], began)


if __name__ == "__main__":
    # Not sys.exit: a download that hangs in a thread must not hold the process.
    os._exit(main())
