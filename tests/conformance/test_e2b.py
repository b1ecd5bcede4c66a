"""The PyPI package `e2b`, unchanged, against the dev stack."""

import io
import json
import os
import re
import ssl
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from e2b import (
    AuthenticationException,
    CommandExitException,
    FileNotFoundException,
    NotFoundException,
    PtySize,
    Sandbox,
    SandboxQuery,
    TimeoutException,
)

TAG = {"suite": f"conformance py {os.getpid()}", "a&b": "c=d e"}


@pytest.fixture(scope="module")
def sandbox():
    made = Sandbox.create("base", timeout=120, metadata=TAG, envs={"GLOBAL": "everywhere"})
    yield made
    made.kill()


def until(condition, seconds=3):
    """Whether the condition became true in that time."""
    end = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < end:
        time.sleep(0.05)
    return found


def listed(**query):
    pages, found = Sandbox.list(query=SandboxQuery(**query), limit=1), []
    while pages.has_next:
        found += pages.next_items()
    return [one.sandbox_id for one in found]


def fetch(sandbox, url, body=None, content_type=None):
    """A link as a browser would use it; the headers lead to the sandbox behind the one address."""
    headers = {"E2b-Sandbox-Id": sandbox.sandbox_id, "E2b-Sandbox-Port": "49983"}
    if content_type:
        headers["Content-Type"] = content_type
    request = urllib.request.Request(url, data=body, headers=headers)
    trusted = ssl.create_default_context(cafile=os.environ.get("SSL_CERT_FILE"))
    try:
        with urllib.request.urlopen(request, context=trusted) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_the_sandbox_is_told_as_it_was_made(sandbox):
    assert re.fullmatch(r"i[a-z0-9]{20}", sandbox.sandbox_id)
    info = sandbox.get_info()
    assert info.metadata == TAG
    assert info.name == "base"
    assert abs((info.end_at - info.started_at).total_seconds() - 120) < 2
    assert sandbox.is_running()


def test_sandboxes_are_listed_by_metadata_in_pages(sandbox):
    other = Sandbox.create("base", timeout=60, metadata=TAG)
    try:
        assert listed(metadata=TAG) == [other.sandbox_id, sandbox.sandbox_id]
        assert listed(metadata={"suite": "nobody"}) == []
    finally:
        assert other.kill()
    assert not Sandbox.kill(other.sandbox_id)
    assert not other.is_running()


def test_the_timeout_is_set_longer_and_shorter(sandbox):
    for seconds in (300, 90):
        sandbox.set_timeout(seconds)
        left = sandbox.get_info().end_at.timestamp() - time.time()
        assert abs(left - seconds) < 3


def test_a_sandbox_ends_when_its_time_is_over():
    short = Sandbox.create("base", timeout=1)
    assert short.is_running()
    time.sleep(1.5)
    assert not short.is_running()
    with pytest.raises(NotFoundException):
        Sandbox.get_info(short.sandbox_id)


def test_a_missing_template_and_a_wrong_key_are_refused():
    with pytest.raises(Exception, match=r"template 'python-3\.13' not found"):
        Sandbox.create("python-3.13")
    with pytest.raises(AuthenticationException, match="Invalid API key"):
        Sandbox.create("base", api_key=f"e2b_{'ff' * 20}")


def test_files_are_written_read_and_listed(sandbox):
    written = sandbox.files.write("/data/in/tables/a b.csv", "id\n1\n")
    assert written.path == "/data/in/tables/a b.csv"
    assert sandbox.files.read("/data/in/tables/a b.csv") == "id\n1\n"

    content = bytes(range(256)) * 2000
    sandbox.files.write("bytes.bin", content)
    assert bytes(sandbox.files.read("bytes.bin", format="bytes")) == content
    sandbox.files.write("packed.bin", content, gzip=True)
    assert bytes(sandbox.files.read("packed.bin", format="bytes", gzip=True)) == content

    paths = ["x/1.txt", "x/y/2.txt", "~/x/ü.txt"]
    infos = sandbox.files.write_files([{"path": path, "data": path} for path in paths])
    assert [info.path for info in infos] == [
        "/home/user/x/1.txt",
        "/home/user/x/y/2.txt",
        "/home/user/x/ü.txt",
    ]
    assert [entry.name for entry in sandbox.files.list("x")] == ["1.txt", "y", "ü.txt"]
    assert "2.txt" in [entry.name for entry in sandbox.files.list("x", depth=2)]
    assert sandbox.files.read("x/ü.txt") == "~/x/ü.txt"


def test_large_bytes_go_up_and_down_in_pieces(sandbox):
    content = b"".join(bytes([index]) * 100_000 for index in range(30))
    sandbox.files.write("streamed", io.BytesIO(content))
    pieces = list(sandbox.files.read("streamed", format="stream"))
    assert len(pieces) > 1
    assert b"".join(pieces) == content


def test_files_are_known_moved_and_removed(sandbox):
    sandbox.files.write("old", "x")
    info = sandbox.files.get_info("old")
    assert (info.name, info.size, info.owner, info.permissions) == ("old", 1, "user", "-rw-r--r--")
    assert sandbox.files.rename("old", "deep/er/new").path == "/home/user/deep/er/new"
    assert not sandbox.files.exists("old")
    assert not sandbox.files.make_dir("deep")
    sandbox.files.remove("deep")
    with pytest.raises(FileNotFoundException):
        sandbox.files.read("deep/er/new")


def test_a_folder_is_watched(sandbox):
    sandbox.files.make_dir("watched")
    watch, seen = sandbox.files.watch_dir("watched"), []
    sandbox.files.write("watched/a", "1")
    sandbox.files.remove("watched/a")

    def removed():
        seen.extend((event.type.value, event.name) for event in watch.get_new_events())
        return ("remove", "a") in seen

    assert until(removed)
    assert ("create", "a") in seen
    watch.stop()


def test_a_command_streams_its_lines_as_they_come(sandbox):
    lines, begun = [], time.monotonic()
    result = sandbox.commands.run(
        "for n in 1 2 3; do echo $n; sleep 0.3; done; echo oops >&2",
        on_stdout=lambda text: lines.append((text, time.monotonic() - begun)),
    )
    assert (result.stdout, result.stderr, result.exit_code) == ("1\n2\n3\n", "oops\n", 0)
    (_, first), (_, second), (_, third) = lines
    assert second - first > 0.2
    assert third - second > 0.2


def test_a_non_zero_exit_is_told_with_its_output(sandbox):
    with pytest.raises(CommandExitException) as failed:
        sandbox.commands.run("echo out; echo err >&2; exit 7")
    error = failed.value
    assert (error.exit_code, error.stdout, error.stderr) == (7, "out\n", "err\n")


def test_a_command_gets_its_environment_folder_and_user(sandbox):
    script = 'echo "$GLOBAL $OWN $PWD $(whoami) $HOME $E2B_SANDBOX_ID"'
    result = sandbox.commands.run(script, envs={"OWN": "here"}, cwd="/tmp")
    assert result.stdout.split() == [
        "everywhere", "here", "/tmp", "user", "/home/user", sandbox.sandbox_id,
    ]  # fmt: skip
    assert sandbox.commands.run("whoami", user="root").stdout == "root\n"
    with pytest.raises(Exception, match="cwd '/nowhere' does not exist"):
        sandbox.commands.run("true", cwd="/nowhere")
    with pytest.raises(Exception, match="invalid username: 'nobody'"):
        sandbox.commands.run("true", user="nobody")


def test_a_command_goes_on_in_the_background_and_is_stopped(sandbox):
    loop = "for n in $(seq 100); do echo $n; sleep 0.1; done"
    started = sandbox.commands.run(loop, background=True, timeout=0)
    started.disconnect()
    assert started.pid in [one.pid for one in sandbox.commands.list()]
    again = sandbox.commands.connect(started.pid)
    stdout = next(out for out, _, _ in again if out)
    assert stdout.strip().isdigit()
    assert again.kill()
    with pytest.raises(CommandExitException) as failed:
        again.wait()
    assert failed.value.exit_code == -1
    assert not sandbox.commands.kill(started.pid)


def test_a_command_that_outlives_its_limit_is_ended(sandbox):
    with pytest.raises(TimeoutException):
        sandbox.commands.run("sleep 30", timeout=0.6)
    assert until(lambda: not sandbox.commands.list())


def test_standard_input_is_fed_and_closed(sandbox):
    cat = sandbox.commands.run("cat; echo end", background=True, stdin=True)
    sandbox.commands.send_stdin(cat.pid, "first\n")
    sandbox.commands.stream_input(cat.pid, ["second\n", "third\n"])
    sandbox.commands.close_stdin(cat.pid)
    assert cat.wait().stdout == "first\nsecond\nthird\nend\n"


def test_a_terminal_is_opened_and_resized(sandbox):
    terminal = sandbox.pty.create(PtySize(rows=24, cols=80))
    sandbox.pty.resize(terminal.pid, PtySize(rows=33, cols=101))
    sandbox.pty.send_stdin(terminal.pid, b"stty size; tty; exit\n")
    written = bytearray()
    terminal.wait(on_pty=written.extend)
    assert b"33 101" in written
    assert b"/dev/pts/" in written


def test_links_to_upload_and_download_are_signed(sandbox):
    sandbox.files.write("signed +/&.txt", "through a link")
    link = sandbox.download_url("signed +/&.txt", use_signature_expiration=60)
    assert fetch(sandbox, link) == (200, b"through a link")
    status, body = fetch(sandbox, link.replace("v1_", "v1_A"))
    assert (status, json.loads(body)["message"]) == (401, "invalid signature")

    upload = sandbox.upload_url("sent.txt", use_signature_expiration=60)
    assert fetch(sandbox, upload, b"up", "application/octet-stream")[0] == 200
    assert sandbox.files.read("sent.txt") == "up"


def test_a_sandbox_is_paused_and_goes_on_where_it_was():
    paused = Sandbox.create("base", timeout=60)
    try:
        paused.files.write("kept", "kept")
        paused.pause()
        assert Sandbox.get_info(paused.sandbox_id).state.value == "paused"
        assert Sandbox.connect(paused.sandbox_id, timeout=60).files.read("kept") == "kept"
    finally:
        Sandbox.kill(paused.sandbox_id)


def test_metrics_are_told(sandbox):
    metrics = sandbox.get_metrics()
    assert metrics
    assert metrics[0].cpu_count > 0


def test_a_sandbox_that_is_killed_during_a_command_is_told():
    doomed = Sandbox.create("base", timeout=60)
    threading.Timer(0.3, doomed.kill).start()
    with pytest.raises(Exception, match=r"(?i)sandbox"):
        doomed.commands.run("sleep 30", timeout=0)
    assert not doomed.is_running()


def test_these_are_the_cases_of_all_clients():
    listed = Path(__file__).with_name("cases.txt").read_text().splitlines()
    here = {
        name.removeprefix("test_")
        for name in vars(sys.modules[__name__])
        if name.startswith("test_")
    }
    here.remove("these_are_the_cases_of_all_clients")
    assert here == {name.replace(" ", "_") for name in listed}
