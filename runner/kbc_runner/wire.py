"""JSON in and out without importing `json`, which pulls in `re` and `enum` (5 ms and more).

CPython's own C scanner, the one that `json` uses, does the reading. Where it is missing or finds
anything wrong, the real `json` decides, so results and errors are the standard library's.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    _quote: Callable[[str], str]
    _make_scanner: Callable[[object], Callable[[str, int], tuple[Any, int]]] | None
else:
    try:
        from _json import encode_basestring_ascii as _quote
        from _json import make_scanner as _make_scanner
    except ImportError:  # another Python than CPython
        from json.encoder import encode_basestring_ascii as _quote

        _make_scanner = None


class _Settings:
    """What the C scanner reads from a `json.JSONDecoder`."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = float


_WHITESPACE = " \t\r\n"


def parse(text: str) -> Any:
    """The value of a JSON text. Raises ValueError."""
    if _make_scanner is not None:
        body = text.strip(_WHITESPACE)
        try:
            value, end = _make_scanner(_Settings)(body, 0)
            if end == len(body):
                return value
        except Exception:  # of any kind: some versions fail to find their own JSONDecodeError
            pass
    import json

    return json.loads(text)


def render(value: Any) -> str:
    """One line of ASCII JSON. Text that is no Unicode (a file name's stray bytes) gets U+FFFD."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            value = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        return _quote(value)
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(render(str(k)) + ":" + render(v) for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(render, value)) + "]"
    raise TypeError(f"no event holds a {type(value).__name__}")
