"""What a script used, and whether it was too much."""

from __future__ import annotations

from pathlib import Path

from kbc_runner.memory import oom_kills
from tests.harness import Sandbox


def put(root: Path, place: str, text: str) -> None:
    path = root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_the_nearest_counter_is_read(tmp_path: Path) -> None:
    root = str(tmp_path)
    assert oom_kills(root) is None
    put(tmp_path, "proc/vmstat", "nr_free_pages 5\noom_kill 7\n")
    assert oom_kills(root) == 7
    put(tmp_path, "sys/fs/cgroup/memory.events", "low 0\noom 3\noom_kill 2\n")
    assert oom_kills(root) == 2
    put(tmp_path, "sys/fs/cgroup/a/b/memory.events", "oom_kill 1\noom_group_kill 9\n")
    put(tmp_path, "proc/self/cgroup", "1:name=systemd:/x\n0::/a/b\n")
    assert oom_kills(root) == 1


def test_a_container_of_the_first_version_counts_its_own(tmp_path: Path) -> None:
    put(tmp_path, "proc/vmstat", "oom_kill 7\n")
    put(tmp_path, "sys/fs/cgroup/memory/memory.oom_control", "under_oom 0\noom_kill 3\n")
    assert oom_kills(str(tmp_path)) == 3
    put(tmp_path, "proc/self/cgroup", "9:cpu,memory:/a\n0::/a\n")
    put(tmp_path, "sys/fs/cgroup/memory/a/memory.oom_control", "oom_kill 1\n")
    assert oom_kills(str(tmp_path)) == 1


def test_a_counter_that_is_none_is_passed_over(tmp_path: Path) -> None:
    put(tmp_path, "sys/fs/cgroup/memory.events", "oom_kill many\n")
    assert oom_kills(str(tmp_path)) is None


def test_the_exit_tells_what_the_script_used(sandbox: Sandbox) -> None:
    leave = sandbox.run("x = bytearray(80_000_000); print(sum(range(2_000_000)))").one("exit")
    assert 80_000_000 < leave["peak_memory"] < 400_000_000
    assert 5 < leave["cpu_ms"] < 20_000
    assert leave["out_of_memory"] is False


def test_a_script_that_is_killed_by_somebody_has_not_used_the_memory_up(sandbox: Sandbox) -> None:
    leave = sandbox.run("import os; os.kill(os.getpid(), 9)").one("exit")
    assert (leave["signal"], leave["out_of_memory"]) == ("SIGKILL", False)
