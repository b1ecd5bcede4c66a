"""Our JSON is `json`'s."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from kbc_runner import wire

TEXTS = [
    '{"a": [1, -2.5e3, true, false, null, "\\u00e9\\ud83d\\ude00\\n"], "b": {}}',
    " \n[] \t",
    '"ž"',
    "12345678901234567890",
    "0.1",
    '{"a": 1, "a": 2}',
]


@pytest.mark.parametrize("text", TEXTS)
def test_reading_agrees_with_json(text: str) -> None:
    assert wire.parse(text) == json.loads(text)


@pytest.mark.parametrize("text", TEXTS)
def test_every_beginning_of_a_text_is_read_or_refused_as_by_json(text: str) -> None:
    for end in range(len(text)):
        try:
            expected: Any = json.loads(text[:end])
        except ValueError:
            with pytest.raises(ValueError, match=r"line 1|line 2"):
                wire.parse(text[:end])
        else:
            assert wire.parse(text[:end]) == expected


@pytest.mark.parametrize("text", ["{} {}", "[1,]", "{'a': 1}", "", "\ufeff{}", '"\x01"', "nul"])
def test_what_json_refuses_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        wire.parse(text)


def test_nan_is_read_as_json_reads_it() -> None:
    assert math.isnan(wire.parse("NaN"))


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        False,
        0,
        -7,
        1 << 70,
        "",
        'q"\\\n\x00é😀',
        [],
        [1, [2]],
        {},
        {"a": {"b": [None]}},
    ],
)
def test_writing_is_read_back_the_same(value: Any) -> None:
    line = wire.render(value)
    assert json.loads(line) == value
    assert line.isascii()
    assert "\n" not in line


def test_a_name_that_is_no_unicode_is_still_valid_json() -> None:
    assert json.loads(wire.render(b"a\xff.csv".decode("utf-8", "surrogateescape"))) == "a\ufffd.csv"
