"""Downloads: what is transient is tried again, what is cut is never taken for whole."""

from __future__ import annotations

import gzip
import os
import socketserver
import threading
import time
from typing import Any

import pytest

from tests.harness import Result, Sandbox, an_input
from tests.storage import SIGNATURE, Storage

CONTENT = bytes(range(256)) * 4000


def fetched(sandbox: Sandbox, *urls: str, **fields: Any) -> Result:
    return sandbox.fetch(an_input("in/files/f", urls=list(urls), **fields))


def content(sandbox: Sandbox) -> bytes:
    return (sandbox.data / "in/files/f").read_bytes()


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_transient_answer_is_tried_again(sandbox: Sandbox, storage: Storage, status: int) -> None:
    result = fetched(sandbox, storage.put("f", CONTENT, failures=[status, status]))
    assert result.one("finished")["ok"] is True
    assert content(sandbox) == CONTENT
    assert storage.asked("f") == 3


@pytest.mark.parametrize(
    ("status", "word"), [(403, "expired"), (404, "gone"), (400, "400"), (401, "refused")]
)
def test_a_final_answer_is_told_at_once(
    sandbox: Sandbox, storage: Storage, status: int, word: str
) -> None:
    result = fetched(sandbox, storage.put("f", CONTENT, failures=[status] * 9))
    problem = result.one("problem")
    assert problem["code"] == "input_failed"
    assert problem["message"].startswith("in/files/f: ")
    assert word in problem["message"]
    assert SIGNATURE not in result.stdout.decode()
    assert storage.asked("f") == 1


def test_after_four_tries_it_is_given_up(sandbox: Sandbox, storage: Storage) -> None:
    result = fetched(sandbox, storage.put("f", CONTENT, failures=[502] * 9))
    assert "4 times" in result.one("problem")["message"]
    assert "502" in result.one("problem")["message"]
    assert storage.asked("f") == 4


def test_a_body_that_breaks_is_taken_up_where_it_broke(sandbox: Sandbox, storage: Storage) -> None:
    cuts = [100_000, 1, 0, 300_000]
    result = fetched(sandbox, storage.put("f", CONTENT, cuts=cuts))
    assert result.one("finished")["ok"] is True
    assert content(sandbox) == CONTENT
    ranges = [asked for _, asked in storage.requests]
    assert ranges == [None, "bytes=100000-", "bytes=100001-", "bytes=100001-", "bytes=400001-"]


def test_a_gzip_that_breaks_is_taken_up_too(sandbox: Sandbox, storage: Storage) -> None:
    packed = gzip.compress(os.urandom(200_000) + CONTENT)
    url = storage.put("f", packed, cuts=[70_001, 80_000])
    assert fetched(sandbox, url, gzip=True).one("finished")["ok"] is True
    assert content(sandbox) == gzip.decompress(packed)


def test_without_ranges_the_known_bytes_are_skipped(sandbox: Sandbox, storage: Storage) -> None:
    result = fetched(sandbox, storage.put("f", CONTENT, cuts=[500_000], ranges=False))
    assert result.one("finished")["ok"] is True
    assert content(sandbox) == CONTENT


def test_a_body_that_always_breaks_is_an_error_and_no_file(
    sandbox: Sandbox, storage: Storage
) -> None:
    result = fetched(sandbox, storage.put("f", CONTENT, cuts=[9000] * 9, ranges=False))
    assert "cut short" in result.one("problem")["message"]
    assert list((sandbox.data / "in/files").iterdir()) == []


def test_content_that_changes_meanwhile_is_an_error(sandbox: Sandbox, storage: Storage) -> None:
    result = fetched(sandbox, storage.put("f", CONTENT, cuts=[9000], changing=True))
    assert "changed" in result.one("problem")["message"]


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (gzip.compress(CONTENT)[:-9], "ends too early"),
        (gzip.compress(CONTENT)[:50], "ends too early"),
        (b"a,b\n1,2\n", "not gzip"),
        (gzip.compress(CONTENT) + b"tail", "not gzip"),
    ],
)
def test_damaged_gzip_is_an_error(
    sandbox: Sandbox, storage: Storage, body: bytes, word: str
) -> None:
    result = fetched(sandbox, storage.put("f", body, length=False), gzip=True)
    assert word in result.one("problem")["message"]
    assert list((sandbox.data / "in/files").iterdir()) == []


@pytest.mark.parametrize("body", [b"", gzip.compress(b""), gzip.compress(b"") + bytes(512)])
def test_empty_gzip_is_an_empty_file(sandbox: Sandbox, storage: Storage, body: bytes) -> None:
    assert fetched(sandbox, storage.put("f", body), gzip=True).one("finished")["ok"] is True
    assert content(sandbox) == b""


def test_a_slow_source_is_waited_for(sandbox: Sandbox, storage: Storage) -> None:
    result = fetched(sandbox, storage.put("f", CONTENT, pause=0.03))
    assert result.one("finished")["ok"] is True


def test_nobody_listening_is_told_in_words(sandbox: Sandbox) -> None:
    with socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler) as server:
        port = server.server_address[1]
    result = fetched(sandbox, f"http://127.0.0.1:{port}/f{SIGNATURE}")
    message = result.one("problem")["message"]
    assert "Connection refused" in message
    assert SIGNATURE not in message


def test_a_malformed_address_does_not_leak_its_signature(sandbox: Sandbox) -> None:
    result = fetched(sandbox, f"http://127.0.0.1:1/a b{SIGNATURE}")
    assert result.one("problem")["code"] == "input_failed"
    assert SIGNATURE not in result.stdout.decode()


def test_headers_go_with_the_request_and_not_along_a_redirect(
    sandbox: Sandbox, storage: Storage
) -> None:
    bearer = {"Authorization": "Bearer s3cr3t-t0ken"}
    wanted = storage.put("slice", CONTENT, bearer="Bearer s3cr3t-t0ken")
    result = fetched(sandbox, wanted, headers=bearer)
    assert result.one("finished")["ok"]
    assert content(sandbox) == CONTENT

    refused = fetched(sandbox, wanted, headers={"Authorization": "Bearer another"})
    assert refused.one("problem")["code"] == "input_failed"
    assert "another" not in refused.stdout.decode()

    elsewhere = storage.put("elsewhere", CONTENT)
    moved = storage.put("moved", b"", moved_to=elsewhere)
    assert fetched(sandbox, moved, headers=bearer).one("finished")["ok"]
    assert ("moved", bearer["Authorization"]) in storage.authorizations
    assert ("elsewhere", None) in storage.authorizations


@pytest.mark.parametrize("headers", [["a"], {"a": 1}, {"a": "b\r\nX: y"}, {"": "b"}])
def test_headers_that_cannot_be_sent_are_refused(
    sandbox: Sandbox, storage: Storage, headers: Any
) -> None:
    result = fetched(sandbox, storage.put("f", CONTENT), headers=headers)
    assert result.one("problem")["code"] == "internal"
    assert storage.requests == []


def test_the_proxy_of_the_environment_is_used(sandbox: Sandbox) -> None:
    asked: list[bytes] = []

    class Proxy(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            asked.append(self.rfile.readline())
            self.wfile.write(b"HTTP/1.1 403 no\r\nContent-Length: 0\r\n\r\n")

    with socketserver.TCPServer(("127.0.0.1", 0), Proxy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sandbox.environment["HTTPS_PROXY"] = f"http://127.0.0.1:{server.server_address[1]}"
        result = fetched(sandbox, f"https://storage.invalid/f{SIGNATURE}")
        server.shutdown()
    assert asked[0].startswith(b"CONNECT storage.invalid:443 HTTP/1.")
    assert result.one("problem")["code"] == "input_failed"
    assert "proxy does not allow storage.invalid (403)" in result.one("problem")["message"]
    assert len(asked) == 1


def test_two_hundred_megabytes_need_little_memory(sandbox: Sandbox, storage: Storage) -> None:
    block = os.urandom(1 << 20)
    plain = block * 200
    packed = gzip.compress(block, 1) * 200
    zeros = gzip.compress(bytes(200 << 20), 1)
    ready = [
        an_input("in/files/plain", urls=[storage.put("plain", plain)]),
        an_input("in/files/unpacked", urls=[storage.put("packed", packed)], gzip=True),
        an_input("in/files/zeros", urls=[storage.put("zeros", zeros)], gzip=True),
    ]
    runner = sandbox.start(command="fetch", ready=ready)
    most = 0
    while runner.process.poll() is None:
        try:
            with open(f"/proc/{runner.process.pid}/status") as file:
                for line in file:
                    if line.startswith("VmHWM:"):
                        most = max(most, int(line.split()[1]))
        except OSError:
            break
        time.sleep(0.02)
    assert runner.finish().one("finished")["ok"] is True
    for name in ("plain", "unpacked", "zeros"):
        assert (sandbox.data / "in/files" / name).stat().st_size == 200 << 20
    assert 0 < most < 64 << 10, f"{most} KiB"
