"""Counting records: right for every shape of CSV, and fast."""

from __future__ import annotations

import csv
import gzip
import io
import random
import time
from pathlib import Path

import pytest

from kbc_runner import rows


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", 0),
        (b"\xef\xbb\xbf", 0),
        (b"a,b\n", 1),
        (b"a,b", 1),
        (b"a,b\n1,2", 2),
        (b"a,b\n1,2\n", 2),
        (b"a,b\r\n1,2\r\n", 2),
        (b'"a"\n"x\ny"\n', 2),
        (b'"a"\r\n"x\r\ny"\r\n"z"', 3),
        (b'a\n"say ""hi""\n"""\n2\n', 3),
        (b'a\n""\n"",""\n', 3),
        (b'a\n"\n\n\n"\n', 2),
        (b'a\n"open', 2),
        (b'a\n"open\n', 2),
        (b"a\n\n", 2),
        (b'\xef\xbb\xbf"a"\n1\n', 2),
        (b"a\n\x00\xff\n", 2),
    ],
)
def test_records_are_counted(tmp_path: Path, content: bytes, expected: int) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    assert rows.count_records(str(path)) == expected
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(content))
    assert rows.count_records(f"{path}.gz") == expected


def test_other_enclosures_are_respected(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"a\n'x\ny'\n\"\n")
    assert rows.count_records(str(path), "'") == 3
    assert rows.count_records(str(path), "") == 4


@pytest.mark.parametrize("block", [1, 2, 3, 7, 64, 1 << 20])
def test_any_split_into_blocks_agrees_with_the_csv_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(rows, "_BLOCK", block)
    dice = random.Random(block)
    for turn in range(30):
        table = [
            ["".join(dice.choices('a,"\n\r é', k=dice.randrange(6))) for _ in range(3)]
            for _ in range(dice.randrange(1, 30))
        ]
        text = io.StringIO(newline="")
        csv.writer(text, quoting=csv.QUOTE_ALL).writerows(table)
        path = tmp_path / f"{turn}.csv"
        path.write_bytes(text.getvalue().encode())
        assert rows.count_records(str(path)) == len(table)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", []),
        (b"a,b\n1,2\n", ["a", "b"]),
        (b"a,b\r\n", ["a", "b"]),
        (b"\xef\xbb\xbfa,b", ["a", "b"]),
        (b'"a b","c,d","e ""f"""\n1', ["a b", "c,d", 'e "f"']),
        (b'"two\nlines",b\n', ["two\nlines", "b"]),
        ("ž,\n".encode(), ["ž", ""]),
    ],
)
def test_the_header_is_read(tmp_path: Path, content: bytes, expected: list[str]) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    assert rows.header(str(path)) == expected


def test_a_header_with_another_delimiter(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"a\tb\n")
    assert rows.header(str(path), "\t") == ["a", "b"]


@pytest.mark.parametrize(
    "record", [b"1234,some text,9.75\n", b'"1234","some ""text""","9.75"\n'], ids=["bare", "quoted"]
)
def test_counting_keeps_up_with_a_disk(tmp_path: Path, record: bytes) -> None:
    path = tmp_path / "t.csv"
    count = (64 << 20) // len(record)
    path.write_bytes(record * count)
    began = time.process_time()
    assert rows.count_records(str(path)) == count
    rate = 64 / (time.process_time() - began)
    assert rate > 50, f"{rate:.0f} MiB/s"  # 400 and more on an idle machine
