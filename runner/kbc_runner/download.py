"""Fetching an input over HTTP: streamed, retried, resumed, and never accepted when cut short."""

from __future__ import annotations

import http.client
import os
import ssl
import time
import urllib.error
import urllib.request
import zlib
from urllib.parse import urlsplit

from kbc_runner.problem import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Callable

    from kbc_runner.plan import Input

_CHUNK = 256 << 10
_STALL_SECONDS = 60.0
_PAUSES_SECONDS = (0.2, 0.6, 1.6)
_LONGEST_PAUSE_SECONDS = 30.0
_TRANSIENT = frozenset((408, 425, 429, 500, 502, 503, 504))


class _Transient(Exception):
    """Worth another try; the text completes "the download …"."""

    def __init__(self, what: str, after: float = 0.0) -> None:
        super().__init__(what)
        self.after = after


def fetch(wanted: Input, target: str, check: Callable[[], None]) -> int:
    """Fetches an input to `target`, a file or, with parts, a folder; returns its size.

    `check` is called between chunks and pauses and may raise. Raises Problem, or OSError when the
    disk refuses.
    """
    if wanted.parts is None:
        return _write(wanted, wanted.urls, wanted.header, target, check)
    os.mkdir(target)
    return sum(
        _write(wanted, [url], None, f"{target}/{part}", check)
        for part, url in zip(wanted.parts, wanted.urls)
    )


def _write(
    wanted: Input, urls: list[str], header: str | None, target: str, check: Callable[[], None]
) -> int:
    total = 0
    with open(target, "wb", buffering=0) as file:
        if header is not None:
            total += _write_all(file.fileno(), header.encode())
        for url in urls:
            chunks = _Body(url, wanted, check).chunks()
            for chunk in _gunzipped(chunks, wanted) if wanted.gzip else chunks:
                total += _write_all(file.fileno(), chunk)
    return total


def _write_all(descriptor: int, data: bytes) -> int:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    return len(data)


def _gunzipped(chunks: Iterator[bytes], wanted: Input) -> Iterator[bytes]:
    """The content of one or more gzip members. Memory stays bounded, whatever the ratio."""
    member = zlib.decompressobj(31)
    begun = False
    for chunk in chunks:
        while chunk:
            if member.eof:
                if not chunk.strip(b"\0"):  # padding after the last member
                    break
                member = zlib.decompressobj(31)
            begun = True
            try:
                data = member.decompress(chunk, _CHUNK * 4)
            except zlib.error:
                raise _failed(wanted, "is damaged: it is not gzip as announced") from None
            if data:
                yield data
            chunk = member.unused_data if member.eof else member.unconsumed_tail
    if begun and not member.eof:
        raise _failed(wanted, "is damaged: its gzip data ends too early")


class _Body:
    """The bytes behind one URL. A connection that breaks is taken up where it broke."""

    def __init__(self, url: str, wanted: Input, check: Callable[[], None]) -> None:
        self._url = url
        self._host = urlsplit(url).hostname or "?"
        self._wanted = wanted
        self._check = check
        self._received = 0
        self._etag: str | None = None

    def chunks(self) -> Iterator[bytes]:
        failures = 0
        while True:
            before = self._received
            try:
                yield from self._attempt()
                return
            except _Transient as error:
                failures = 1 if self._received > before else failures + 1
                if failures > len(_PAUSES_SECONDS):
                    raise _failed(
                        self._wanted,
                        f"{error} ({self._host}), {failures} times. Run again, or check the "
                        "sandbox's internet access",
                    ) from None
                self._pause(max(error.after, _PAUSES_SECONDS[failures - 1]))

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds * (0.75 + os.urandom(1)[0] / 512)
        while time.monotonic() < until:
            self._check()
            time.sleep(0.02)

    def _attempt(self) -> Iterator[bytes]:
        self._check()
        try:
            response = self._open()
        except urllib.error.HTTPError as error:
            with error:
                raise self._refused(error.code, error.headers.get("Retry-After")) from None
        except (OSError, http.client.HTTPException) as error:
            raise self._broken(error) from None
        with response:
            skip = self._where_it_goes_on(response)
            length = response.headers.get("Content-Length")
            arrived = 0
            while True:
                self._check()
                try:
                    chunk = response.read(_CHUNK)
                except (OSError, http.client.HTTPException) as error:
                    raise self._broken(error) from None
                if not chunk:
                    break
                arrived += len(chunk)
                if skip >= len(chunk):
                    skip -= len(chunk)
                    continue
                fresh, skip = chunk[skip:], 0
                self._received += len(fresh)
                yield fresh
            if skip or (length is not None and arrived != int(length)):
                raise _Transient("was cut short")

    def _open(self) -> http.client.HTTPResponse:
        headers = {"Accept-Encoding": "gzip" if self._wanted.gzip else "identity"}
        if self._received:
            headers["Range"] = f"bytes={self._received}-"
            if self._etag is not None:
                headers["If-Range"] = self._etag
        request = urllib.request.Request(self._url, headers=headers)
        for name, value in self._wanted.headers.items():
            # They may be credentials: a redirect to another place does not get them.
            request.add_unredirected_header(name, value)
        # The proxy and the CA file of the environment are honoured by urllib and ssl themselves.
        response = urllib.request.urlopen(request, timeout=_STALL_SECONDS)
        assert isinstance(response, http.client.HTTPResponse)
        return response

    def _where_it_goes_on(self, response: http.client.HTTPResponse) -> int:
        """How many bytes of this answer were received before."""
        etag = response.headers.get("ETag")
        if self._received and etag != self._etag:
            raise _failed(self._wanted, "changed at its source while it was downloaded")
        self._etag = etag
        if response.status == 200:
            return self._received
        begin = response.headers.get("Content-Range", "").partition(" ")[2].partition("-")[0]
        if response.status == 206 and begin == str(self._received):
            return 0
        raise _failed(self._wanted, f"got an unexpected answer {response.status} ({self._host})")

    def _refused(self, status: int, retry_after: str | None) -> Exception:
        if status in _TRANSIENT:
            wait = float(retry_after) if retry_after is not None and retry_after.isdigit() else 0.0
            return _Transient(f"got the answer {status}", min(wait, _LONGEST_PAUSE_SECONDS))
        if status in (401, 403):
            return _failed(
                self._wanted,
                f"was refused by {self._host} ({status}): the signed link has expired, or does "
                "not allow it. Run again to get a new link",
            )
        if status in (404, 410):
            return _failed(self._wanted, f"is gone from {self._host} ({status})")
        return _failed(self._wanted, f"got the answer {status} from {self._host}")

    def _broken(self, error: BaseException) -> Exception:
        reason = getattr(error, "reason", error)
        if isinstance(reason, ssl.SSLCertVerificationError):
            return _failed(
                self._wanted,
                f"could not start: the certificate of {self._host} is not trusted in the sandbox "
                f"({reason.verify_message})",
            )
        if isinstance(reason, http.client.InvalidURL):
            return _failed(
                self._wanted, f"could not start: its address at {self._host} is malformed"
            )
        # http.client gives the proxy's answer only as text.
        answer = str(reason).partition("Tunnel connection failed: ")[2][:3]
        if answer in ("403", "407"):
            return _failed(
                self._wanted,
                f"could not start: the sandbox's proxy does not allow {self._host} ({answer})",
            )
        if isinstance(reason, TimeoutError):
            return _Transient(f"stood still for {_STALL_SECONDS:.0f} seconds")
        if isinstance(reason, http.client.IncompleteRead):
            return _Transient("was cut short")
        # Never the exception's whole text: some hold the URL, and with it the signature.
        what = getattr(reason, "strerror", None) or type(reason).__name__
        return _Transient(f"failed: {what}")


def _failed(wanted: Input, what: str) -> Problem:
    return Problem("input_failed", f"{wanted.path}: the download {what}.")
