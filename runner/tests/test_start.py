"""The first moments of a runner, before it can tell anything."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from kbc_runner import command
from kbc_runner.control import Control
from kbc_runner.events import Events


class Refusing:
    """Stands for `Events`: refuses some times, as a folder does that is root's for a moment."""

    def __init__(self, times: int) -> None:
        self.left = times

    def __call__(self, *arguments: Any) -> Events:
        if self.left:
            self.left -= 1
            raise PermissionError(13, "Permission denied")
        return Events(*arguments)


def test_a_folder_that_an_upload_has_just_made_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing = Refusing(3)
    monkeypatch.setattr(command, "Events", refusing)
    command._open_events(str(tmp_path / "run"), time.monotonic(), Control())
    assert refusing.left == 0
    assert (tmp_path / "run" / "events.ndjson").exists()


@pytest.mark.parametrize("stopped", [False, True])
def test_a_folder_that_stays_another_s_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stopped: bool
) -> None:
    monkeypatch.setattr(command, "Events", Refusing(10**9))
    monkeypatch.setattr(command, "_HANDED_OVER_SECONDS", 60.0 if stopped else 0.05)
    control = Control()
    control.reason = "stopped" if stopped else None
    with pytest.raises(PermissionError):
        command._open_events(str(tmp_path), time.monotonic(), control)
