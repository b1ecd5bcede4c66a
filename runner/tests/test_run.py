"""A run from its plan to its last event."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness import RUNNER, Sandbox


def test_a_run_tells_its_whole_story_in_order(sandbox: Sandbox) -> None:
    result = sandbox.run("print('hello')")
    assert result.steps() == [
        ("inputs", "began"),
        ("inputs", "done"),
        ("packages", "began"),
        ("packages", "done"),
        ("script", "began"),
        ("script", "done"),
        ("outputs", "began"),
        ("outputs", "done"),
    ]
    hello = result.one("hello")
    assert hello["protocol"] == 1
    assert hello["uv"] is True
    assert hello["python"] == ".".join(map(str, sys.version_info[:3]))
    assert result.out("stdout") == b"hello\n"
    leave = result.one("exit")
    assert (leave["code"], leave["signal"], leave["reason"]) == (0, None, "ended")
    assert result.one("finished")["ok"] is True


def test_the_script_finds_the_component_s_folder_and_environment(sandbox: Sandbox) -> None:
    code = """
import json, os, sys
tree = sorted(os.path.relpath(os.path.join(at, name), ".")
              for at, folders, files in os.walk(".") for name in folders + files)
print(json.dumps([os.getcwd(), sys.argv, sys.executable, sys.prefix, tree, dict(os.environ)]))
"""
    result = sandbox.run(
        code,
        config='{"parameters": {"ž": 1.0}}',
        state='{"last": 7}',
        environment={"KBC_DATADIR": "/data/", "KBC_RUNID": "5"},
    )
    cwd, argv, executable, prefix, tree, environment = json.loads(result.out("stdout"))
    venv = str(sandbox.home / ".kbc-e2b/venv/base")
    assert (cwd, argv) == (str(sandbox.data), ["script.py"])
    assert (executable, prefix) == (f"{venv}/bin/python", venv)
    assert tree == [
        "config.json", "in", "in/files", "in/state.json", "in/tables", "in/user",
        "out", "out/files", "out/tables", "script.py",
    ]  # fmt: skip
    assert (sandbox.data / "config.json").read_text() == '{"parameters": {"ž": 1.0}}'
    assert (sandbox.data / "in/state.json").read_text() == '{"last": 7}'
    assert environment["KBC_DATADIR"] == "/data/"
    assert environment["KBC_RUNID"] == "5"
    assert environment["VIRTUAL_ENV"] == environment["UV_PROJECT_ENVIRONMENT"] == venv
    assert environment["PATH"] == f"{venv}/bin{os.pathsep}{sandbox.environment['PATH']}"
    assert environment["PYTHONUNBUFFERED"] == "1"
    assert environment["HOME"] == str(sandbox.home)


def test_the_script_sees_what_uv_run_would_show_it(sandbox: Sandbox) -> None:
    code = """
import json, os, sys
print(json.dumps([sys.argv, sys.path, sys.executable, sys.flags.__repr__(), dict(os.environ)]))
"""
    ours = json.loads(sandbox.run(code).out("stdout"))
    venv = str(sandbox.home / ".kbc-e2b/venv/base")
    own = {**sandbox.environment, "VIRTUAL_ENV": venv, "UV_PROJECT_ENVIRONMENT": venv}
    theirs = json.loads(
        subprocess.run(
            [f"{sandbox.environment['PATH']}/uv", "run", "script.py"],
            env={**own, "PYTHONUNBUFFERED": "1"},
            cwd=sandbox.data,
            check=True,
            capture_output=True,
        ).stdout
    )
    for environment in (ours[-1], theirs[-1]):
        environment["UV"] = os.path.realpath(environment["UV"])
        environment.pop("LC_CTYPE", None)
    assert ours == theirs


def test_a_script_with_inline_metadata_gets_an_environment_of_its_own(sandbox: Sandbox) -> None:
    code = "# /// script\n# dependencies = []\n# ///\nimport sys; print(sys.prefix)"
    sandbox.environment["UV_OFFLINE"] = "1"
    result = sandbox.run(code)
    assert result.one("exit")["code"] == 0, result.summary()
    assert result.out("stdout").strip() != str(sandbox.home / ".kbc-e2b/venv/base").encode()


def test_nothing_of_an_earlier_run_is_left_but_the_user_s_own_files(sandbox: Sandbox) -> None:
    sandbox.run("""
import os
open("out/tables/old.csv", "w").close(); os.makedirs("in/files/deep/er")
open("in/files/deep/er/x", "w").close(); os.chmod("in/files/deep/er", 0o500)
os.symlink("/etc", "in/user/link")
""")
    (sandbox.data / "input").mkdir()
    (sandbox.data / "input/mine.csv").write_text("a")
    result = sandbox.run("import os; print(os.listdir('in/files'), os.listdir('in/user'))")
    assert result.out("stdout") == b"[] []\n"
    assert result.one("outputs")["tables"] == []
    assert (sandbox.data / "input/mine.csv").read_text() == "a"
    assert Path("/etc/passwd").exists()


def test_a_script_that_fails_keeps_its_traceback_and_its_outputs(sandbox: Sandbox) -> None:
    code = """
def inner():
    raise ValueError("bad é")
open("out/tables/half.csv", "w").write("a\\n1\\n")
inner()
"""
    result = sandbox.run(code)
    leave = result.one("exit")
    assert (leave["code"], leave["signal"], leave["reason"]) == (1, None, "ended")
    assert b'\n    raise ValueError("bad \xc3\xa9")\n' in result.out("stderr")
    assert result.out("stdout") == b""
    assert ("script", "failed") in result.steps()
    assert result.table("half.csv")["rows"] == 1
    assert result.one("finished")["ok"] is False
    assert result.all("problem") == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import sys; sys.exit(42)", (42, None)),
        ("import os; os.kill(os.getpid(), 9)", (None, "SIGKILL")),
        ("import os; os.abort()", (None, "SIGABRT")),
        ("def x(:", (1, None)),
        ("", (0, None)),
    ],
)
def test_the_end_of_a_script_is_told_as_it_was(
    sandbox: Sandbox, code: str, expected: tuple[object, object]
) -> None:
    leave = sandbox.run(code).one("exit")
    assert (leave["code"], leave["signal"]) == expected


def test_a_runner_started_ahead_of_time_waits_for_its_plan(sandbox: Sandbox) -> None:
    runner = sandbox.start(plan=False)
    runner.read_until(lambda event: event["e"] == "hello")
    plan = json.dumps(sandbox.plan("print('late')"))
    runner.put("plan.json", plan[:40])
    assert runner.process.poll() is None
    runner.put("plan.json", plan)
    assert runner.finish().out("stdout") == b"late\n"


def test_abort_ends_a_run_before_its_script(sandbox: Sandbox) -> None:
    runner = sandbox.start("print('never')", inputs=1)
    runner.read_until(lambda event: event["e"] == "step" and event["step"] == "packages")
    runner.put("abort", "The export of in.c-main.a failed.")
    result = runner.finish()
    problem = result.one("problem")
    assert (problem["code"], problem["message"]) == (
        "aborted",
        "The export of in.c-main.a failed.",
    )
    assert ("inputs", "failed") in result.steps()
    assert result.all("exit") == []
    assert result.one("finished")["ok"] is False


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"protocol": 2}, "protocol"),
        ({"code": None}, "'code'"),
        ({"venv": "3.13"}, "3.13"),
        ({"packages": [1]}, "'packages'"),
        ({"data": "data"}, "data folder"),
        ({"data": "//"}, "data folder"),
        ({"inputs": -1}, "'inputs'"),
        ({"environment": {"A": 1}}, "'A'"),
    ],
)
def test_a_wrong_plan_is_named(sandbox: Sandbox, change: dict[str, object], word: str) -> None:
    problem = sandbox.run(**change).one("problem")  # type: ignore[arg-type]
    assert problem["code"] == "internal"
    assert word in problem["message"]


def test_a_data_folder_that_cannot_be_written_is_a_problem(sandbox: Sandbox) -> None:
    blocked = sandbox.root / "file"
    blocked.write_text("")
    problem = sandbox.run(data=str(blocked / "data")).one("problem")
    assert problem["code"] == "data_not_writable"
    assert str(blocked) in problem["message"]


def test_a_wrong_command_line_says_how(sandbox: Sandbox) -> None:
    done = subprocess.run([sys.executable, str(RUNNER), "walk", "/"], capture_output=True)
    assert done.returncode == 2
    assert b"usage" in done.stderr
    assert done.stdout == b""


def test_it_runs_as_a_folder_without_setsid_and_spares_whoever_started_it(
    sandbox: Sandbox,
) -> None:
    folder = sandbox.root / "runs/own"
    folder.mkdir(parents=True)
    (folder / "plan.json").write_text(json.dumps(sandbox.plan("import time; time.sleep(60)")))
    process = subprocess.Popen(
        [sys.executable, "-u", str(RUNNER.parent), "run", str(folder)],
        env=sandbox.environment,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if b'"script"' in line:
            break
    assert os.getpgid(process.pid) == process.pid != os.getpgrp()
    os.killpg(process.pid, signal.SIGTERM)
    assert b'"reason":"stopped"' in process.stdout.read()
    assert process.wait() == 0
    process.stdout.close()


def test_the_warm_path_imports_nothing_heavy(sandbox: Sandbox) -> None:
    folder = sandbox.root / "runs/own"
    folder.mkdir(parents=True)
    (folder / "plan.json").write_text(json.dumps(sandbox.plan("print(1)")))
    done = subprocess.run(
        [sys.executable, "-S", "-X", "importtime", str(RUNNER), "run", str(folder)],
        env=sandbox.environment,
        capture_output=True,
        text=True,
        check=True,
        start_new_session=True,
    )
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "kbc_runner.outputs" in imported
    heavy = "json re enum typing signal subprocess threading urllib ssl shutil pathlib ctypes runpy"
    assert imported.isdisjoint(heavy.split())
