"""The archive of a debug job as the inputs of a run."""

from __future__ import annotations

import io
import zipfile

import pytest

from tests.harness import Event, Sandbox, an_input
from tests.storage import Storage

SHOW = """
import os
for folder, _, names in sorted(os.walk("in")):
    for name in sorted(names):
        print(os.path.join(folder, name), open(os.path.join(folder, name)).read())
"""


def archive(entries: dict[str, str]) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in entries.items():
            file.writestr(name, content)
    return memory.getvalue()


def wanted(storage: Storage, content: bytes, key: str) -> Event:
    url = storage.put(key, content)
    return {**an_input("in", urls=[url], cache_key=key), "unpack": True}


@pytest.mark.parametrize("root", ["", "./", "data/"], ids=["bare", "dotted", "named"])
def test_the_archive_s_inputs_are_the_run_s(
    sandbox: Sandbox, storage: Storage, key: str, root: str
) -> None:
    content = archive(
        {
            f"{root}config.json": "{}",
            f"{root}script.py": "raise SystemExit(1)",
            f"{root}out/tables/old.csv": "old",
            f"{root}in/": "",
            f"{root}in/state.json": '{"last": 7}',
            f"{root}in/tables/a.csv": "a\n1\n",
            f"{root}in/tables/a.csv.manifest": "{}",
            f"{root}in/files/5_x/part": "sliced",
        }
    )
    for cached in (False, True):
        result = sandbox.run(SHOW, ready=[wanted(storage, content, key)])
        assert result.out("stdout").decode().splitlines() == [
            'in/state.json {"last": 7}',
            "in/files/5_x/part sliced",
            "in/tables/a.csv a",
            "1",
            "",
            "in/tables/a.csv.manifest {}",
        ]
        assert not (sandbox.data / "out/tables/old.csv").exists()
        event = result.one("input")
        assert (event["path"], event["cached"]) == ("in", cached)
        done = [step for step in result.all("step") if step["step"] == "inputs"][-1]
        assert (done["tables"], done["files"]) == (1, 1)
    assert storage.asked(key) == 1


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"no archive", "cannot be read"),
        (archive({"in/tables/a.csv": "x" * 5000})[:-200], "cannot be read"),
        (archive({"in/../../../escaped": "x"}), "leads out of the data folder"),
        (archive({"data/in//a": "x"}), "leads out of the data folder"),
    ],
)
def test_an_archive_that_cannot_be_used_says_so(
    sandbox: Sandbox, storage: Storage, key: str, content: bytes, told: str
) -> None:
    result = sandbox.run(SHOW, ready=[wanted(storage, content, key)])
    problem = result.one("problem")
    assert problem["code"] == "input_failed"
    assert told in problem["message"]
    assert not (sandbox.root / "escaped").exists()
    assert result.all("exit") == []


def test_only_a_kept_archive_is_unpacked(sandbox: Sandbox, storage: Storage, key: str) -> None:
    for change in ({"cache_key": None}, {"path": "in/tables/a.csv"}):
        result = sandbox.run(SHOW, ready=[{**wanted(storage, archive({}), key), **change}])
        assert "cannot be unpacked" in result.one("problem")["message"]
