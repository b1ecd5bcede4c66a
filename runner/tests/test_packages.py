"""Packages: installed in order from an index of the test's own, by uv and by pip."""

from __future__ import annotations

import base64
import hashlib
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.harness import Result, Sandbox

SHOW = """
import importlib.metadata as m
print(sorted(f"{d.metadata['Name']}=={d.version}" for d in m.distributions()
             if d.metadata["Name"].startswith("kbc-test-")))
"""


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A package index: to pip and uv, the listing of a folder of wheels is a simple index."""
    root = tmp_path_factory.mktemp("index")
    for name, version in [("one", "1.0"), ("one", "2.0"), ("two", "1.0")]:
        folder = root / "simple" / f"kbc-test-{name}"
        folder.mkdir(parents=True, exist_ok=True)
        make_wheel(folder, f"kbc_test_{name}", version)

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root)))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/simple/"
    server.shutdown()


@pytest.fixture
def installer(
    request: pytest.FixtureRequest, fresh_sandbox: Sandbox, path_without_uv: str, index: str
) -> Sandbox:
    if getattr(request, "param", "uv") == "pip":
        fresh_sandbox.environment["PATH"] = path_without_uv
    fresh_sandbox.environment.update(PIP_INDEX_URL=index, UV_INDEX_URL=index)
    return fresh_sandbox


both = pytest.mark.parametrize("installer", ["uv", "pip"], indirect=True)


def cached(result: Result) -> bool:
    assert result.one("finished")["ok"] is True, result.summary()
    done = [step for step in result.all("step") if "cached" in step]
    assert len(done) == 1
    return bool(done[0]["cached"])


@both
def test_packages_are_installed_once_and_anew_when_the_list_changes(installer: Sandbox) -> None:
    first = installer.run(SHOW, packages=["kbc-test-one==1.0"])
    assert cached(first) is False
    assert first.one("hello")["uv"] is ("uv" in str(installer.environment["PATH"]))
    assert first.out("stdout") == b"['kbc-test-one==1.0']\n"
    assert first.out("install") != b""

    again = installer.run(SHOW, packages=["kbc-test-one==1.0"])
    assert cached(again) is True
    assert again.out("install") == b""

    longer = installer.run(SHOW, packages=["kbc-test-one==1.0", "kbc-test-two"])
    assert cached(longer) is False
    assert longer.out("stdout") == b"['kbc-test-one==1.0', 'kbc-test-two==1.0']\n"
    assert b"test-one" not in longer.out("install")  # only what is new was installed

    other = installer.run(SHOW, packages=["kbc-test-two"])
    assert other.out("stdout") == b"['kbc-test-two==1.0']\n"


def test_packages_are_installed_one_after_the_other(installer: Sandbox) -> None:
    result = installer.run(SHOW, packages=["kbc-test-one==1.0", "kbc-test-one==2.0"])
    assert cached(result) is False
    assert result.out("stdout") == b"['kbc-test-one==2.0']\n"


@both
def test_a_package_that_cannot_be_installed_is_named_and_leaves_no_trace(
    installer: Sandbox,
) -> None:
    result = installer.run("print('never')", packages=["kbc-test-two", "kbc-test-none"])
    problem = result.one("problem")
    assert problem["code"] == "packages_failed"
    assert "'kbc-test-none'" in problem["message"]
    assert ("packages", "failed") in result.steps()
    assert b"kbc-test-none" in result.out("install")
    assert (result.out("stdout"), result.all("exit")) == (b"", [])
    assert result.one("finished")["ok"] is False
    assert installer.run(SHOW).out("stdout") == b"[]\n"


def test_an_environment_that_was_damaged_is_made_anew(installer: Sandbox) -> None:
    assert cached(installer.run(packages=["kbc-test-two"])) is False
    (installer.home / ".kbc-e2b/venv/base/bin/python").unlink()
    result = installer.run(SHOW, packages=["kbc-test-two"])
    assert cached(result) is False
    assert result.out("stdout") == b"['kbc-test-two==1.0']\n"


def test_inline_metadata_without_uv_is_mentioned(
    fresh_sandbox: Sandbox, path_without_uv: str
) -> None:
    fresh_sandbox.environment["PATH"] = path_without_uv
    result = fresh_sandbox.run("# /// script\n# dependencies = []\n# ///\nprint(1)")
    assert b"needs uv" in result.out("install")
    assert result.out("stdout") == b"1\n"


def make_wheel(folder: Path, name: str, version: str) -> None:
    info = f"{name}-{version}.dist-info"
    contents = {
        f"{name}.py": f"VERSION = '{version}'\n",
        f"{info}/METADATA": (
            f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: {version}\n"
        ),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = []
    for path, text in contents.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=")
        record.append(f"{path},sha256={digest.decode()},{len(text)}")
    contents[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,"]) + "\n"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        for path, text in contents.items():
            wheel.writestr(path, text)
