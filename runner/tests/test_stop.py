"""Stop and the time limit, in every phase; nothing survives them."""

from __future__ import annotations

import socketserver
import threading
import time

import pytest

from tests.harness import Result, Sandbox, an_input, is_alive
from tests.storage import Storage

SLEEP = "import time; print('up'); time.sleep(60)"
STUBBORN = r"""
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.write(1, b"grandchild %d\n" % os.getpid())
        time.sleep(60)
    os._exit(0)
os.wait()
os.write(1, b"script %d\n" % os.getpid())
time.sleep(60)
"""


def pids(result: Result) -> dict[str, int]:
    lines = result.out("stdout").decode().splitlines()
    return {name: int(pid) for name, pid in (line.split() for line in lines)}


def test_stop_ends_the_script_at_once(sandbox: Sandbox) -> None:
    runner = sandbox.start(SLEEP)
    runner.read_until_output(b"up")
    began = time.monotonic()
    runner.stop()
    result = runner.finish()
    assert time.monotonic() - began < 2
    leave = result.one("exit")
    assert (leave["code"], leave["signal"], leave["reason"]) == (None, "SIGTERM", "stopped")
    assert ("script", "failed") in result.steps()
    assert result.one("outputs") is not None
    assert result.one("finished")["ok"] is False


def test_a_script_may_tidy_up_when_it_is_stopped(sandbox: Sandbox) -> None:
    code = """
import signal, sys, time
def leave(*_):
    open("out/tables/kept.csv", "w").write("a\\n1\\n"); print("bye"); sys.exit(5)
signal.signal(signal.SIGTERM, leave)
print("up"); time.sleep(60)
"""
    runner = sandbox.start(code)
    runner.read_until_output(b"up\n")
    runner.stop()
    result = runner.finish()
    assert result.out("stdout") == b"up\nbye\n"
    assert (result.one("exit")["code"], result.one("exit")["reason"]) == (5, "stopped")
    assert result.table("kept.csv")["rows"] == 1


def test_who_ignores_sigterm_or_left_the_group_is_killed_after_the_grace(
    sandbox: Sandbox,
) -> None:
    runner = sandbox.start(STUBBORN)
    runner.read_until_output(b"script")
    began = time.monotonic()
    runner.stop()
    result = runner.finish()
    assert 4.5 < time.monotonic() - began < 8
    assert result.one("exit")["signal"] == "SIGKILL"
    assert result.one("exit")["reason"] == "stopped"
    found = pids(result)
    assert set(found) == {"grandchild", "script"}
    assert not any(map(is_alive, found.values()))


def test_the_limit_ends_a_run_as_stop_does(sandbox: Sandbox) -> None:
    result = sandbox.run(SLEEP, limit_seconds=1)
    leave = result.one("exit")
    assert (leave["signal"], leave["reason"]) == ("SIGTERM", "limit")
    assert 500 < leave["ms"] < 3000


def test_a_run_within_its_limit_does_not_notice_it(sandbox: Sandbox) -> None:
    assert sandbox.run("print(1)", limit_seconds=30).one("finished")["ok"] is True


def test_stop_while_inputs_are_awaited(sandbox: Sandbox) -> None:
    runner = sandbox.start("print('never')", inputs=1)
    runner.read_until(lambda event: event.get("step") == "packages" and event["state"] == "done")
    runner.stop()
    never_began(runner.finish())


def test_stop_while_an_input_is_downloaded(sandbox: Sandbox, storage: Storage) -> None:
    url = storage.put("slow", b"x" * 65536 * 200, pause=0.05)
    runner = sandbox.start("print('never')", ready=[an_input(urls=[url])])
    runner.read_until(lambda event: event.get("step") == "packages" and event["state"] == "done")
    began = time.monotonic()
    runner.stop()
    never_began(runner.finish())
    assert time.monotonic() - began < 3
    assert list((sandbox.data / "in/tables").iterdir()) == []


@pytest.mark.parametrize("how", ["stop", "limit"])
def test_stop_and_limit_while_packages_are_installed(fresh_sandbox: Sandbox, how: str) -> None:
    asked = threading.Event()

    class Silent(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            asked.set()
            time.sleep(20)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Silent) as server:
        server.block_on_close = False
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        index = f"http://127.0.0.1:{server.server_address[1]}/simple/"
        fresh_sandbox.environment["UV_INDEX_URL"] = index
        limit = 1.5 if how == "limit" else 0
        runner = fresh_sandbox.start("print('never')", packages=["kbc-x"], limit_seconds=limit)
        assert asked.wait(10)
        if how == "stop":
            runner.stop()
        result = runner.finish()
        server.shutdown()
    never_began(result, "stopped" if how == "stop" else "limit")
    assert ("packages", "failed") in result.steps()


def test_stop_before_the_plan_came(sandbox: Sandbox) -> None:
    runner = sandbox.start(plan=False)
    runner.read_until(lambda event: event["e"] == "hello")
    runner.stop()
    assert runner.finish().one("exit")["reason"] == "stopped"


def never_began(result: Result, reason: str = "stopped") -> None:
    leave = result.one("exit")
    assert (leave["code"], leave["signal"], leave["ms"]) == (None, None, 0)
    assert leave["reason"] == reason
    assert result.out("stdout") == b""
    assert result.all("outputs") == []
    assert result.all("problem") == []
    assert result.one("finished")["ok"] is False
