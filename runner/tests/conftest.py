"""Fixtures: a sandbox whose venv is made once for all tests, a fresh one, and a storage."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import Sandbox
from tests.storage import Storage


@pytest.fixture(scope="session")
def path_without_uv(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("bin")
    (folder / "python3").symlink_to(sys.executable)
    return str(folder)


@pytest.fixture(scope="session")
def path_with_uv(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("bin-uv")
    # `uv` on our PATH may be a shim; uv itself knows where it is.
    ask = [
        "uv", "run", "--no-project", "--python", sys.executable,
        "python", "-c", "import os; print(os.environ['UV'])",
    ]  # fmt: skip
    uv = subprocess.run(ask, check=True, capture_output=True, text=True, cwd="/").stdout.strip()
    (folder / "python3").symlink_to(sys.executable)
    (folder / "uv").symlink_to(uv)
    return str(folder)


@pytest.fixture(scope="session")
def shared_home(tmp_path_factory: pytest.TempPathFactory, path_with_uv: str) -> Path:
    home = tmp_path_factory.mktemp("home")
    Sandbox(home, tmp_path_factory.mktemp("first"), path_with_uv).run()
    return home


@pytest.fixture
def sandbox(shared_home: Path, tmp_path: Path, path_with_uv: str) -> Iterator[Sandbox]:
    """A sandbox whose base environment stands already."""
    sandbox = Sandbox(shared_home, tmp_path, path_with_uv)
    yield sandbox
    sandbox.close()


@pytest.fixture
def fresh_sandbox(tmp_path: Path, path_with_uv: str) -> Iterator[Sandbox]:
    """A sandbox in which nothing ran yet."""
    home = tmp_path / "home"
    home.mkdir()
    sandbox = Sandbox(home, tmp_path, path_with_uv)
    yield sandbox
    sandbox.close()


@pytest.fixture(scope="session")
def _server() -> Iterator[Storage]:
    storage = Storage()
    yield storage
    storage.server.shutdown()


@pytest.fixture
def storage(_server: Storage) -> Storage:
    _server.objects.clear()
    _server.requests.clear()
    _server.most_together = 0
    return _server


@pytest.fixture
def key(request: pytest.FixtureRequest) -> str:
    """A cache key that no other test uses."""
    name = re.sub(r"[^A-Za-z0-9_]+", "-", request.node.name)
    return f"{name[:130]}-{os.getpid()}"
