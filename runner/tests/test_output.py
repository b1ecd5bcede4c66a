"""The script's output: every byte, in order, as it comes."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from tests.harness import Event, Sandbox, is_alive, wait_until


def test_ten_megabytes_in_a_burst_arrive_whole(sandbox: Sandbox) -> None:
    code = """
import random, sys
random.seed(7)
sys.stdout.buffer.write(random.randbytes(10_000_000))
sys.stderr.buffer.write(b"e" * 1_000_000)
"""
    result = sandbox.run(code)
    import random

    random.seed(7)
    expected = hashlib.sha256(random.randbytes(10_000_000)).hexdigest()
    assert hashlib.sha256(result.out("stdout")).hexdigest() == expected
    assert result.out("stderr") == b"e" * 1_000_000
    assert max(map(len, result.chunks("stdout"))) <= 65536


def test_half_a_character_is_not_held_back(sandbox: Sandbox) -> None:
    code = """
import os, time
os.write(1, b"caf\\xc3"); time.sleep(0.1); os.write(1, b"\\xa9\\n")
"""
    result = sandbox.run(code)
    assert result.chunks("stdout") == [b"caf\xc3", b"\xa9\n"]
    first, second = result.all("out")
    assert second["t"] - first["t"] >= 80


def test_output_that_is_no_text_passes_unchanged(sandbox: Sandbox) -> None:
    code = "import sys; sys.stdout.buffer.write(bytes(range(256)) * 3)"
    assert sandbox.run(code).out("stdout") == bytes(range(256)) * 3


def test_output_comes_while_the_script_runs(sandbox: Sandbox) -> None:
    runner = sandbox.start("print('first'); import time; time.sleep(60)")
    runner.read_until_output(b"first")
    assert runner.process.poll() is None
    runner.stop()
    runner.finish()


def test_stdin_is_empty(sandbox: Sandbox) -> None:
    assert sandbox.run("import sys; print(repr(sys.stdin.read()))").out("stdout") == b"''\n"


def test_a_child_that_outlives_the_script_is_heard_to_its_end(sandbox: Sandbox) -> None:
    code = """
import os, time
print("parent", flush=True)
if os.fork() == 0:
    time.sleep(0.3); os.write(1, b"child\\n"); os._exit(0)
"""
    result = sandbox.run(code)
    assert result.out("stdout") == b"parent\nchild\n"
    assert result.one("exit")["ms"] >= 300


def test_a_daemon_that_the_script_leaves_is_gone_before_exit_is_told(sandbox: Sandbox) -> None:
    code = """
import os, time
read, write = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        null = os.open("/dev/null", os.O_RDWR)
        os.dup2(null, 1); os.dup2(null, 2)
        os.write(write, str(os.getpid()).encode()); os.close(write)
        time.sleep(60)
    os._exit(0)
os.close(write); os.wait()
print(os.read(read, 20).decode())
"""
    result = sandbox.run(code)
    assert result.one("exit")["code"] == 0
    assert not is_alive(int(result.out("stdout")))


def test_without_a_reader_the_file_holds_everything(sandbox: Sandbox) -> None:
    runner = sandbox.start("import time; print('a'); time.sleep(0.3); print('b')")
    runner.read_until_output(b"a")
    assert runner.process.stdout is not None
    runner.process.stdout.close()
    runner.process.stdout = None
    events = runner.folder / "events.ndjson"
    wait_until(lambda: b'"finished"' in events.read_bytes())
    assert runner.process.wait(5) == 0
    assert b'"reason":"ended"' in events.read_bytes()
    assert events.read_bytes().count(b"\n") > 8


def test_a_reader_who_stalls_cannot_prevent_a_stop(sandbox: Sandbox) -> None:
    code = "import os\nfor _ in range(400): os.write(1, b'x' * 65536)"
    runner = sandbox.start(code)
    events = runner.folder / "events.ndjson"
    wait_until(lambda: events.exists() and events.stat().st_size > 80_000)
    runner.stop()
    # nobody reads stdout
    assert runner.process.wait(20) == 0
    assert events.read_bytes().splitlines()[-1].endswith(b'"e":"finished","ok":false}')
    assert not is_alive(runner.process.pid)
    for stream in (runner.process.stdout, runner.process.stderr):
        assert stream is not None
        stream.close()


def test_a_reader_who_sleeps_does_not_hold_the_script_up(sandbox: Sandbox) -> None:
    code = "import os\nfor n in range(40): os.write(1, b'%06d' % n + b'x' * 65530)"
    runner = sandbox.start(code)
    events = runner.folder / "events.ndjson"
    # nobody reads stdout meanwhile
    wait_until(lambda: events.exists() and b'"finished"' in events.read_bytes()[-200:], 20)
    assert runner.process.stdout is not None
    told = runner.process.stdout.read().splitlines(keepends=True)
    assert runner.process.wait(5) == 0
    written = events.read_bytes().splitlines(keepends=True)
    numbers = [json.loads(line)["n"] for line in written]
    assert numbers == list(range(len(written))), "the file has everything"
    assert 0 < len(told) < len(written)
    whole = told if told[-1].endswith(b"\n") else told[:-1]
    assert whole == written[: len(whole)], "what was told is the beginning, in whole lines"
    assert written[len(whole)].startswith(told[-1]) or len(whole) == len(told)


def test_a_reader_who_wakes_hears_whole_lines_again(sandbox: Sandbox) -> None:
    code = """
import os, time
for n in range(40): os.write(1, b'%06d' % n + b'x' * 65530)
while not os.path.exists('go'): time.sleep(0.01)
for n in range(3): print('awake', n); time.sleep(0.1)
"""
    runner = sandbox.start(code)
    events = runner.folder / "events.ndjson"
    wait_until(lambda: events.exists() and events.read_bytes().count(b'"out"') >= 40, 20)
    assert runner.process.stdout is not None
    told: list[bytes] = []
    reading = threading.Thread(target=lambda: told.extend(runner.process.stdout or []))
    reading.start()
    time.sleep(0.5)
    (sandbox.data / "go").touch()
    assert runner.process.wait(10) == 0
    reading.join(5)
    runner.process.stdout.close()
    written = events.read_bytes().splitlines(keepends=True)
    assert all(line in written for line in told), "no line is torn"
    assert told[-1] == written[-1]
    assert 0 < len(told) < len(written), "lines were left out"


def emitted(tmp_path: Path, size: int, **limits: int) -> tuple[list[Event], list[Event]]:
    """What `Events` tells of ten chunks of output and an end: on stdout and in its file."""
    path = str(tmp_path / "events.ndjson")
    code = f"""
import time
from kbc_runner.events import Events
events = Events({path!r}, time.monotonic(), lambda: False, **{limits!r})
events.emit("hello")
for _ in range(10): events.out("stdout", b"x" * {size})
events.emit("finished", ok=True)
"""
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run([sys.executable, "-c", code], cwd=root, check=True, capture_output=True)
    read = [[json.loads(line) for line in text.splitlines()] for text in (
        done.stdout, Path(path).read_bytes()
    )]  # fmt: skip
    return read[0], read[1]


def test_a_file_at_its_limit_says_so_and_keeps_all_but_output(tmp_path: Path) -> None:
    told, written = emitted(tmp_path, 1_000, file_limit=5_000)
    assert [event["n"] for event in told] == list(range(13))
    capped = next(event["n"] for event in told if event["e"] == "capped")
    assert written == [*told[: capped + 1], told[-1]]
    assert capped < 8


def test_a_nearly_full_disk_is_left_to_the_script(tmp_path: Path) -> None:
    told, written = emitted(tmp_path, 1_000_000, disk_reserve=1 << 60)
    assert len([event for event in told if event["e"] == "out"]) == 10
    assert [event["e"] for event in written] == ["hello", *["out"] * 4, "capped", "finished"]


def test_the_exit_waits_for_both_pipes(sandbox: Sandbox) -> None:
    code = "import os, sys; os.close(1); sys.stderr.write('after'); os._exit(3)"
    result = sandbox.run(code)
    assert result.out("stderr") == b"after"
    assert result.one("exit")["code"] == 3
    assert os.path.exists(sandbox.data)
