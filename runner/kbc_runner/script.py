"""How the script is started: what the component's `uv run script.py` gives it, without the cost.

`uv run` activates the environment, sets two variables of its own, starts the environment's Python
and waits: 20 ms that a script cannot see. So the runner does the same by itself. Only a script
with inline metadata (PEP 723) makes `uv run` do more: an environment of its own. Then uv runs it.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


METADATA_WITHOUT_UV = (
    b"The script has inline metadata (# /// script), which needs uv, and the sandbox has none: "
    b"its dependencies are not installed and it runs in the base environment.\n"
)


def find_program(name: str, path: str) -> str | None:
    """The executable of that name on a PATH."""
    for folder in path.split(os.pathsep):
        candidate = os.path.join(folder or ".", name)
        if os.access(candidate, os.X_OK) and os.path.isfile(candidate):
            return os.path.abspath(candidate)
    return None


def environment(
    own: Mapping[str, str], extra: Mapping[str, str], venv: str, uv: str | None
) -> dict[str, str]:
    """The script's environment: the sandbox's, then the configuration's, then the venv's."""
    variables = {**own, **extra}
    # As activating a venv does; PYTHONHOME would lead its Python away from it.
    variables.pop("PYTHONHOME", None)
    path = variables.get("PATH", "/usr/local/bin:/usr/bin:/bin")
    variables["PATH"] = f"{venv}/bin{os.pathsep}{path}"
    variables["VIRTUAL_ENV"] = venv
    variables["UV_PROJECT_ENVIRONMENT"] = venv
    variables["PYTHONUNBUFFERED"] = "1"
    if uv is not None:
        variables["UV"] = uv
        variables["UV_RUN_RECURSION_DEPTH"] = "1"
    return variables


def has_inline_metadata(code: str) -> bool:
    """Whether `uv run` would find a PEP 723 block."""
    return "# /// script" in code and any(line == "# /// script" for line in code.splitlines())


def command(code: str, venv: str, uv: str | None) -> list[str]:
    """The program and arguments that run `script.py` in the current folder."""
    if uv is not None and has_inline_metadata(code):
        return [uv, "run", "script.py"]
    return [f"{venv}/bin/python", "script.py"]
