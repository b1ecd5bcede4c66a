"""A small HTTP server in the place of cloud storage, which can be told to fail."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SIGNATURE = "?sig=s3cr3t-signature"


@dataclass
class Object:
    """Content and how it is served."""

    body: bytes
    failures: list[int] = field(default_factory=list)  # statuses of the first answers
    cuts: list[int] = field(default_factory=list)  # bytes after which the next answers break off
    ranges: bool = True
    length: bool = True
    pause: float = 0.0  # seconds between pieces of 64 KiB
    etag: str | None = '"1"'
    changing: bool = False  # every answer has another ETag
    bearer: str | None = None  # the Authorization that it wants
    moved_to: str | None = None  # a redirect


class Storage:
    """`url = storage.put("name", content)`; `requests` are those that came, as (name, Range)."""

    def __init__(self) -> None:
        self.objects: dict[str, Object] = {}
        self.requests: list[tuple[str, str | None]] = []
        self.authorizations: list[tuple[str, str | None]] = []
        self.together = 0
        self.most_together = 0
        self.lock = threading.Lock()
        storage = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                try:
                    _answer(self, storage)
                except (BrokenPipeError, ConnectionResetError):
                    pass

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @contextmanager
    def counted(self) -> Iterator[None]:
        with self.lock:
            self.together += 1
            self.most_together = max(self.most_together, self.together)
        try:
            yield
        finally:
            with self.lock:
                self.together -= 1

    def put(self, name: str, body: bytes, **how: object) -> str:
        self.objects[name] = Object(body, **how)  # type: ignore[arg-type]
        return f"http://127.0.0.1:{self.server.server_port}/{name}{SIGNATURE}"

    def asked(self, name: str) -> int:
        return sum(requested == name for requested, _ in self.requests)


def _answer(handler: BaseHTTPRequestHandler, storage: Storage) -> None:
    name = handler.path.partition("?")[0].rpartition("/")[2]
    asked_range = handler.headers.get("Range")
    storage.requests.append((name, asked_range))
    found = storage.objects.get(name)
    storage.authorizations.append((name, handler.headers.get("Authorization")))
    if found is not None and found.moved_to is not None:
        handler.send_response(302)
        handler.send_header("Location", found.moved_to)
        handler.end_headers()
        return
    if found is not None and found.bearer not in (None, handler.headers.get("Authorization")):
        handler.send_error(401)
        return
    if found is None or SIGNATURE not in handler.path:
        handler.send_error(404 if found is None else 403)
        return
    if found.failures:
        handler.send_response(found.failures.pop(0))
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return
    begin = 0
    if asked_range is not None and found.ranges:
        begin = int(asked_range.removeprefix("bytes=").partition("-")[0])
        handler.send_response(206)
        last = len(found.body) - 1
        handler.send_header("Content-Range", f"bytes {begin}-{last}/{len(found.body)}")
    else:
        handler.send_response(200)
    body = found.body[begin:]
    if found.length:
        handler.send_header("Content-Length", str(len(body)))
    if found.etag is not None:
        number = len(storage.requests) if found.changing else ""
        handler.send_header("ETag", f"{found.etag}{number}")
    handler.end_headers()
    if found.cuts:
        body = body[: found.cuts.pop(0)]
    last_piece = max(0, len(body) - 1) // 65536 * 65536
    with storage.counted():
        for offset in range(0, last_piece, 65536):
            handler.wfile.write(body[offset : offset + 65536])
            time.sleep(found.pause)
    # Not counted: whoever has all of it may ask for the next at once.
    handler.wfile.write(body[last_piece:])
