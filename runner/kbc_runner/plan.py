"""`plan.json` and the inputs, parsed into values that hold nothing wrong."""

from __future__ import annotations

import os

from kbc_runner import wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PROTOCOL = 1
_KEY_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")


class BadPlan(ValueError):
    """A plan or an input that no engine of this protocol writes."""


class Input:
    """One table or file to put below the data folder."""

    __slots__ = (
        "bytes",
        "cache_key",
        "gzip",
        "header",
        "headers",
        "manifest",
        "parts",
        "path",
        "unpack",
        "urls",
    )

    def __init__(self, value: Any) -> None:
        fields = _Fields(value, "input")
        self.path: str = checked_path(fields.text("path"))
        key = fields.optional_text("cache_key")
        self.cache_key: str | None = None if key is None else _checked_name(key, "cache_key")
        self.manifest: str | None = fields.optional_text("manifest")
        self.urls: list[str] = [_checked_url(url, self.path) for url in fields.texts("urls")]
        self.headers: dict[str, str] = fields.headers("headers")
        self.gzip: bool = fields.flag("gzip")
        self.header: str | None = fields.optional_text("header")
        self.parts: list[str] | None = None
        if fields.value.get("parts") is not None:
            self.parts = [_checked_name(part, "part") for part in fields.texts("parts")]
        if self.parts is not None and self.urls and len(self.parts) != len(self.urls):
            raise BadPlan(f"input {self.path} has {len(self.parts)} parts but not as many urls")
        if self.parts is not None and len(set(self.parts)) != len(self.parts):
            raise BadPlan(f"input {self.path} names a part twice")
        self.bytes: int = fields.whole("bytes")
        self.unpack: bool = fields.flag("unpack")
        if self.unpack and (self.path != "in" or self.cache_key is None or self.parts is not None):
            raise BadPlan(f"input {self.path} cannot be unpacked")


class Plan:
    """What the runner is to do."""

    __slots__ = (
        "code",
        "config",
        "data",
        "environment",
        "inputs",
        "limit_seconds",
        "packages",
        "ready",
        "state",
        "venv",
    )

    def __init__(self, text: str, whole: bool) -> None:
        """`whole` is False for `fetch`, whose plan has nothing but data and inputs."""
        fields = _Fields(wire.parse(text), "plan")
        if fields.value.get("protocol") != PROTOCOL:
            raise BadPlan(f"the plan's protocol is not {PROTOCOL}: extension and runner differ")
        self.data: str = _checked_folder(fields.text("data"))
        self.ready: list[Input] = [Input(value) for value in fields.items("ready")]
        self.inputs: int = fields.whole("inputs") if whole else len(self.ready)
        if self.inputs < len(self.ready):
            raise BadPlan("the plan has more ready inputs than inputs")
        if not whole:
            return
        self.code: str = fields.text("code")
        self.venv: str = _checked_name(fields.text("venv"), "venv")
        if self.venv != "base":
            raise BadPlan(f"this runner has no environment '{self.venv}', only 'base'")
        self.packages: list[str] = fields.texts("packages")
        self.config: str = fields.text("config")
        self.state: str = fields.optional_text("state") or "{}"
        self.environment: dict[str, str] = fields.environment("environment")
        self.limit_seconds: float = fields.seconds("limit_seconds")


def checked_path(path: str) -> str:
    """A relative path of plain segments, as it is. It cannot leave the folder it is joined to."""
    segments = path.split("/")
    if "\0" in path or any(segment in ("", ".", "..") for segment in segments):
        raise BadPlan(f"the input path '{path[:200]}' is not below the data folder")
    if max(len(os.fsencode(segment)) for segment in segments) > 255:
        raise BadPlan(f"the input path '{path[:80]}…' has a name of more than 255 bytes")
    return path


def _checked_name(name: str, what: str) -> str:
    if what == "part":
        if "/" in name:
            raise BadPlan(f"the part '{name[:200]}' is not a file name")
        return checked_path(name)
    if not 0 < len(name) <= 200 or name[0] == "." or not _KEY_CHARACTERS.issuperset(name):
        raise BadPlan(f"the {what} '{name[:200]}' has other characters than A-Z a-z 0-9 . _ -")
    return name


def _checked_url(url: str, path: str) -> str:
    if not url.startswith(("https://", "http://")):
        raise BadPlan(f"input {path} has an address that is neither https nor http")
    return url


def _checked_folder(folder: str) -> str:
    path = os.path.normpath(folder)
    if not folder.startswith("/") or path.strip("/") == "":
        raise BadPlan(f"the data folder '{folder}' is not an absolute path below /")
    return path


class _Fields:
    """Typed access to a JSON object; a missing or wrong field is a BadPlan that names it."""

    def __init__(self, value: Any, what: str) -> None:
        if not isinstance(value, dict):
            raise BadPlan(f"the {what} is not a JSON object")
        self.value: dict[str, Any] = value
        self._what = what

    def _wrong(self, name: str, expected: str) -> BadPlan:
        return BadPlan(f"'{name}' of the {self._what} is not {expected}")

    def text(self, name: str) -> str:
        value = self.value.get(name)
        if not isinstance(value, str):
            raise self._wrong(name, "a text")
        return value

    def optional_text(self, name: str) -> str | None:
        return None if self.value.get(name) is None else self.text(name)

    def items(self, name: str) -> list[Any]:
        value = self.value.get(name)
        if not isinstance(value, list):
            raise self._wrong(name, "a list")
        return value

    def texts(self, name: str) -> list[str]:
        value = self.items(name)
        if not all(isinstance(item, str) for item in value):
            raise self._wrong(name, "a list of texts")
        return value

    def flag(self, name: str) -> bool:
        return self.value.get(name) is True

    def whole(self, name: str) -> int:
        value = self.value.get(name)
        if value is None:
            return 0
        if not isinstance(value, int) or value < 0:
            raise self._wrong(name, "a whole number")
        return value

    def seconds(self, name: str) -> float:
        value = self.value.get(name) or 0
        if not isinstance(value, (int, float)) or value < 0:
            raise self._wrong(name, "a number of seconds")
        return float(value)

    def headers(self, name: str) -> dict[str, str]:
        value = self.value.get(name) or {}
        if not isinstance(value, dict):
            raise self._wrong(name, "an object")
        for key, text in value.items():
            # Never the text: it may be a credential.
            if not isinstance(text, str) or not key or not (key + text).isprintable():
                raise BadPlan(f"the header '{key[:80]}' of the {self._what} cannot be sent")
        return value

    def environment(self, name: str) -> dict[str, str]:
        value = self.value.get(name) or {}
        if not isinstance(value, dict):
            raise self._wrong(name, "an object")
        for key, text in value.items():
            if not isinstance(text, str) or "\0" in key + text or "=" in key or not key:
                raise BadPlan(f"the environment variable '{key}' cannot be set")
        return value
