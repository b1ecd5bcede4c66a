"""Inputs: in place, complete, kept from run to run, and never outside the data folder."""

from __future__ import annotations

import gzip
import json
import resource
from typing import Any

import pytest

from tests.harness import Sandbox, an_input
from tests.storage import SIGNATURE, Storage

SHOW = "import sys; sys.stdout.buffer.write(open('in/tables/a.csv', 'rb').read())"


def test_slices_are_unpacked_and_joined_after_the_header(
    sandbox: Sandbox, storage: Storage
) -> None:
    first = gzip.compress(b'"1","x\ny"\n') + gzip.compress(b'"2","\xc5\xbe"\n')  # two members
    wanted = an_input(
        urls=[storage.put("s1", first), storage.put("s2", gzip.compress(b'"3","z"\n'))],
        gzip=True,
        header='"id","name"\n',
        manifest='{"name": "a"}',
    )
    result = sandbox.run(SHOW, ready=[wanted])
    content = b'"id","name"\n"1","x\ny"\n"2","\xc5\xbe"\n"3","z"\n'
    assert result.out("stdout") == content
    event = result.one("input")
    assert event["path"] == "in/tables/a.csv"
    assert (event["bytes"], event["cached"], event["cache_key"]) == (len(content), False, None)
    assert (sandbox.data / "in/tables/a.csv.manifest").read_text() == '{"name": "a"}'
    done = [step for step in result.all("step") if step["step"] == "inputs"][-1]
    facts = {name: done[name] for name in ("tables", "files", "bytes", "unchanged")}
    assert facts == {"tables": 1, "files": 0, "bytes": len(content), "unchanged": 0}


def test_parts_become_a_folder(sandbox: Sandbox, storage: Storage, key: str) -> None:
    wanted = an_input(
        "in/files/7_sliced",
        urls=[storage.put("p1", b"one"), storage.put("p2", b"two2")],
        parts=["part.0", "part.1"],
        cache_key=key,
    )
    code = """
import os
os.chdir("in/files/7_sliced")
for name in sorted(os.listdir()): print(name, open(name).read())
"""
    for cached in (False, True):
        result = sandbox.run(code, ready=[{**wanted, "urls": [] if cached else wanted["urls"]}])
        assert result.out("stdout") == b"part.0 one\npart.1 two2\n"
        assert (result.one("input")["cached"], result.one("input")["bytes"]) == (cached, 7)


def test_an_empty_export_is_its_header(sandbox: Sandbox) -> None:
    assert sandbox.run(SHOW, ready=[an_input(header='"a"\n')]).out("stdout") == b'"a"\n'


def test_what_is_cached_is_not_fetched_and_not_harmed_by_the_script(
    sandbox: Sandbox, storage: Storage, key: str
) -> None:
    wanted = an_input(urls=[storage.put("t", b"a\n1\n")], cache_key=key)
    harm = "open('in/tables/a.csv', 'a').write('harm'); " + SHOW
    first = sandbox.run(harm, ready=[wanted])
    second = sandbox.run(harm, ready=[wanted])
    third = sandbox.run(harm, ready=[{**wanted, "urls": []}])
    assert [run.out("stdout") for run in (first, second, third)] == [b"a\n1\nharm"] * 3
    assert [run.one("input")["cached"] for run in (first, second, third)] == [False, True, True]
    assert storage.asked("t") == 1


def test_the_same_table_under_two_names_is_fetched_once(
    sandbox: Sandbox, storage: Storage, key: str
) -> None:
    url = storage.put("t", b"x" * 300_000, pause=0.02)
    ready = [an_input(f"in/tables/{name}", urls=[url], cache_key=key) for name in "ab"]
    result = sandbox.run("", ready=ready)
    assert storage.asked("t") == 1
    assert (sandbox.data / "in/tables/a").read_bytes() == b"x" * 300_000
    assert (sandbox.data / "in/tables/b").read_bytes() == b"x" * 300_000
    assert sorted(event["cached"] for event in result.all("input")) == [False, True]


def test_a_copy_that_is_gone_is_said_and_not_taken_for_empty(sandbox: Sandbox, key: str) -> None:
    result = sandbox.run(SHOW, ready=[an_input(cache_key=key, header="a\n")])
    assert result.one("problem")["code"] == "input_failed"
    assert "no longer holds" in result.one("problem")["message"]
    assert result.out("stdout") == b""


def test_inputs_may_arrive_while_the_runner_waits(sandbox: Sandbox, storage: Storage) -> None:
    ready = an_input("in/files/1_b", urls=[storage.put("b", b"bb")])
    late = an_input(urls=[storage.put("a", b"aa")])
    runner = sandbox.start(SHOW, ready=[ready], inputs=2)
    runner.read_until(lambda event: event["e"] == "input")
    runner.put("inputs/1.json", json.dumps(late)[:50])  # half written
    with pytest.raises(Exception, match="timed out"):
        runner.process.wait(0.2)
    runner.put("inputs/1.json", json.dumps(late))
    result = runner.finish()
    assert result.out("stdout") == b"aa"
    assert [event["path"] for event in result.all("input")] == ["in/files/1_b", "in/tables/a.csv"]
    assert ("inputs", "done") in result.steps()


def test_an_input_announced_twice_counts_once(sandbox: Sandbox) -> None:
    wanted = an_input(header="a\n")
    other = an_input("in/tables/b.csv", header="b\n")
    runner = sandbox.start(SHOW, ready=[wanted], inputs=2)
    runner.put("inputs/0.json", json.dumps(wanted))
    runner.put("inputs/1.json", json.dumps(other))
    assert len(runner.finish().all("input")) == 2


def test_four_inputs_come_at_a_time(sandbox: Sandbox, storage: Storage) -> None:
    ready = [
        an_input(f"in/files/{n}", urls=[storage.put(str(n), b"x" * 65536 * 3, pause=0.03)])
        for n in range(9)
    ]
    result = sandbox.run("", ready=ready)
    assert len(result.all("input")) == 9
    assert storage.most_together == 4


@pytest.mark.parametrize(
    "path",
    [
        "../a",
        "in/../../a",
        "/etc/a",
        "in//a",
        "in/./a",
        "",
        "in/tables/",
        "in/\0",
        "in/" + "x" * 256,
    ],
)
def test_paths_that_could_leave_the_data_folder_are_refused(sandbox: Sandbox, path: str) -> None:
    result = sandbox.run("print('never')", ready=[an_input(path, header="x")])
    assert result.one("problem")["code"] == "internal"
    assert "input path" in result.one("problem")["message"]
    assert result.out("stdout") == b""
    assert not (sandbox.root / "a").exists()


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"cache_key": "../x"}, "cache_key"),
        ({"cache_key": ".x"}, "cache_key"),
        ({"parts": ["../x"], "urls": ["http://x/"]}, "part"),
        ({"parts": ["a", "b"], "urls": ["http://x/"]}, "2 parts"),
        ({"urls": ["file:///etc/passwd"]}, "neither https nor http"),
        ({"urls": "http://x/"}, "'urls'"),
    ],
)
def test_a_wrong_input_is_named(sandbox: Sandbox, change: dict[str, Any], word: str) -> None:
    problem = sandbox.run(ready=[an_input(**change)]).one("problem")
    assert (problem["code"], word in problem["message"]) == ("internal", True)


def test_names_are_kept_as_they_are(sandbox: Sandbox) -> None:
    names = ["no suffix", "žluť 🐎.csv", "x" * 246 + ".csv", "-rf", "a.csv.manifest.csv"]
    ready = [an_input(f"in/files/{name}", header="x", manifest="{}") for name in names[:2]]
    ready += [an_input(f"in/files/{name}", header="x") for name in names[2:]]
    sandbox.run("", ready=ready)
    found = {path.name for path in (sandbox.data / "in/files").iterdir()}
    assert found == {*names, *(f"{name}.manifest" for name in names[:2])}


def test_fetch_adds_inputs_and_touches_nothing_else(sandbox: Sandbox, storage: Storage) -> None:
    sandbox.run("open('out/files/kept', 'w').write('x')")
    wanted = an_input("in/files/9_new.csv", urls=[storage.put("n", b"new")], manifest='{"id": 9}')
    result = sandbox.fetch(wanted)
    assert [event["e"] for event in result.events] == [
        "hello", "step", "input", "step", "finished",
    ]  # fmt: skip
    assert result.one("finished")["ok"] is True
    assert (sandbox.data / "in/files/9_new.csv").read_bytes() == b"new"
    assert (sandbox.data / "in/files/9_new.csv.manifest").read_text() == '{"id": 9}'
    assert (sandbox.data / "out/files/kept").read_text() == "x"
    assert (sandbox.data / "script.py").exists()


def test_a_fetch_that_fails_says_so(sandbox: Sandbox, storage: Storage) -> None:
    url = storage.put("x", b"").replace("/x?", "/missing?")
    result = sandbox.fetch(an_input("in/files/1_x", urls=[url]))
    assert result.one("problem")["code"] == "input_failed"
    assert SIGNATURE not in result.one("problem")["message"]
    assert result.one("finished")["ok"] is False
    assert not (sandbox.data / "in/files/1_x").exists()


def test_a_file_that_does_not_fit_is_told_as_a_full_disk(
    sandbox: Sandbox, storage: Storage, key: str
) -> None:
    wanted = an_input(urls=[storage.put("big", b"x" * 3_000_000)], cache_key=key)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, hard))  # inherited; EFBIG beyond it
    try:
        runner = sandbox.start("print('never')", ready=[wanted])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    result = runner.finish()
    assert result.one("problem")["code"] == "no_space"
    assert "in/tables/a.csv" in result.one("problem")["message"]
    assert list((sandbox.data / "in/tables").iterdir()) == []
    assert not list((sandbox.home / ".kbc-e2b/cache").glob(f"{key}*"))
