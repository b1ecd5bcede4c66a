"""The base environment: a venv over the sandbox's own Python, and the packages in it.

The component starts every job from the same image, so packages of an earlier run must not help a
later one: the venv is kept only when the new list begins with the installed one, else made anew.
"""

from __future__ import annotations

import os
import sys

from kbc_runner import child, files, wire
from kbc_runner.problem import Problem, is_out_of_space, out_of_space

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from kbc_runner.control import Control
    from kbc_runner.events import Events

_STREAMS = ("install", "install")


class Packages:
    """Brings the environment `venv` (a path) to a list of packages."""

    def __init__(
        self,
        venv: str,
        uv: str | None,
        environment: dict[str, str],
        events: Events,
        control: Control,
        tick: Callable[[], None],
    ) -> None:
        self._venv = venv
        self._uv = uv
        self._environment = {
            **environment,
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_INPUT": "1",
            # A bar is for a terminal; in a log it is a line of blocks for each download.
            "PIP_PROGRESS_BAR": "off",
            "UV_NO_PROGRESS": "1",
        }
        self._events = events
        self._control = control
        self._tick = tick
        # Beside the venv, so that making that anew cannot leave a true-looking list behind.
        self._marker = f"{venv}.packages.json"

    def prepare(self, wanted: list[str]) -> None:
        """Installs what is missing, one package after the other. Raises Problem or Stopped."""
        self._events.began("packages")
        installed = self._installed()
        if installed == wanted:
            self._events.done("packages", count=len(wanted), cached=True)
            return
        try:
            files.remove(self._marker)
            if installed is None or wanted[: len(installed)] != installed:
                installed = []
                self._make()
            for package in wanted[len(installed) :]:
                self._install(package)
            files.write(self._marker, wire.render({"python": sys.version, "packages": wanted}))
        except OSError as error:
            if is_out_of_space(error):
                raise out_of_space("the packages do not fit") from error
            raise Problem(
                "packages_failed",
                f"The Python environment cannot be made ({error.strerror}: {error.filename}).",
            ) from error
        self._events.done("packages", count=len(wanted), cached=False)

    def _installed(self) -> list[str] | None:
        """The packages in the venv; None when there is no venv that is known to be whole."""
        try:
            known = wire.parse(files.read(self._marker))
            if known["python"] == sys.version and os.access(f"{self._venv}/bin/python", os.X_OK):
                return list(known["packages"])
        except (OSError, ValueError, KeyError, TypeError):
            pass
        return None

    def _make(self) -> None:
        files.remove(self._venv)
        os.makedirs(os.path.dirname(self._venv), exist_ok=True)
        site = "--system-site-packages"
        if self._uv is not None:
            command = [self._uv, "venv", "-q", site, "--python", sys.executable, self._venv]
        else:
            # Without pip of its own: the sandbox's pip is seen through the system's packages and
            # installs into the venv. Debian's Python has no ensurepip, which would be needed.
            command = [sys.executable, "-I", "-m", "venv", "--without-pip", site, self._venv]
        if self._run(command) != 0 or not self._has_installer():
            raise Problem(
                "packages_failed",
                "The Python environment could not be made; the reason is in the log. The template "
                "must hold uv, or a Python 3.9 or newer with its modules venv and pip.",
            )

    def _has_installer(self) -> bool:
        if self._uv is not None:
            return True
        python = f"{self._venv}/bin/python"
        look = "import sys, importlib.util as u; sys.exit(u.find_spec('pip') is None)"
        return self._run([python, "-c", look]) == 0 or self._run([python, "-m", "ensurepip"]) == 0

    def _install(self, package: str) -> None:
        if self._uv is not None:
            command = [self._uv, "pip", "install", package]
        else:
            command = [f"{self._venv}/bin/python", "-m", "pip", "install", package]
        status = self._run(command)
        if status != 0:
            raise Problem(
                "packages_failed",
                f"The package '{package}' could not be installed; the installer's own words are "
                "in the log. Check its name and version, and that the sandbox may reach the "
                "package index.",
            )

    def _run(self, command: list[str]) -> int | None:
        status, _ = child.run(
            command, self._environment, _STREAMS, self._events, self._control, self._tick
        )
        self._control.check()
        return status
