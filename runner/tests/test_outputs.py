"""What a run leaves, told by the job's own rules."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from tests.harness import Sandbox


def after(sandbox: Sandbox, *lines: str, **fields: Any) -> Any:
    code = "import os, gzip\nT = 'out/tables/'\nF = 'out/files/'\n" + "\n".join(lines)
    result = sandbox.run(code, **fields)
    assert result.one("exit")["code"] == 0, result.summary()
    return result


def put(name: str, content: str) -> str:
    return f"open({name!r}, 'w', newline='').write({content!r})"


def test_a_table_has_rows_columns_and_its_manifest(sandbox: Sandbox) -> None:
    result = after(
        sandbox,
        put("out/tables/a.csv", '"id","two\nlines"\r\n1,"x\ny"\r\n2,z'),
        put("out/tables/a.csv.manifest", '{"incremental": true}'),
    )
    assert result.one("outputs")["tables"] == [
        {
            "name": "a.csv",
            "bytes": 30,
            "rows": 2,
            "columns": ["id", "two\nlines"],
            "manifest": '{"incremental": true}',
        }
    ]
    assert result.one("outputs")["orphans"] == []


@pytest.mark.parametrize(
    ("manifest", "mapping", "rows", "columns"),
    [
        (None, None, 2, ["1", "2"]),
        ({"columns": ["a", "b"]}, None, 3, ["a", "b"]),
        ({"columns": []}, None, 2, ["1", "2"]),
        ({"has_header": False, "schema": [{"name": "a"}, {"name": "b"}]}, None, 3, ["a", "b"]),
        ({"has_header": True, "schema": [{"name": "a"}, {"name": "b"}]}, None, 2, ["1", "2"]),
        ({"schema": [{"name": "a"}, {"name": "b"}]}, None, 2, ["1", "2"]),
        (None, {"columns": ["m", "n"]}, 3, ["m", "n"]),
        ({"columns": ["a", "b"]}, {"columns": ["m", "n"]}, 3, ["m", "n"]),
        ({"columns": ["a", "b"]}, {"columns": []}, 3, ["a", "b"]),
        ({"delimiter": "\t"}, None, 2, ["1,2"]),
    ],
)
def test_a_header_is_there_or_not_as_manifest_and_mapping_say(
    sandbox: Sandbox,
    manifest: dict[str, Any] | None,
    mapping: dict[str, Any] | None,
    rows: int,
    columns: list[str],
) -> None:
    lines = [put("out/tables/t.csv", "1,2\n3,4\n5,6\n")]
    if manifest is not None:
        lines.append(put("out/tables/t.csv.manifest", json.dumps(manifest)))
    tables = [] if mapping is None else [{"source": "t.csv", **mapping}]
    config = json.dumps({"storage": {"output": {"tables": tables}}})
    table = after(sandbox, *lines, config=config).table("t.csv")
    assert (table["rows"], table["columns"]) == (rows, columns)


def test_a_sliced_table_sums_its_headless_parts(sandbox: Sandbox) -> None:
    table = after(
        sandbox,
        "os.mkdir(T + 's.csv')",
        put("out/tables/s.csv/1", "1,2\n"),
        put("out/tables/s.csv/2", "3,4\n5,6"),
        "gzip.open(T + 's.csv/3.gz', 'wb').write(b'7,8\\n')",
        put("out/tables/s.csv.manifest", '{"columns": ["a", "b"]}'),
    ).table("s.csv")
    assert (table["rows"], table["columns"]) == (4, ["a", "b"])
    assert table["bytes"] > 11


def test_only_what_a_job_would_take_is_listed(sandbox: Sandbox) -> None:
    result = after(
        sandbox,
        put("out/tables/header.csv", "a,b\n"),
        put("out/tables/empty.csv", ""),
        put("out/tables/lost.csv.manifest", "{}"),
        put("out/files/report.pdf", "%PDF"),
        put("out/files/report.pdf.manifest", '{"tags": ["x"]}'),
        put("out/files/gone.txt.manifest", "{}"),
        "os.mkdir(F + 'folder')",
        "os.mkfifo(T + 'pipe')",
        "os.symlink('nowhere', F + 'link')",
        put("out/state.json", "{}"),
    )
    outputs = result.one("outputs")
    assert [table["name"] for table in outputs["tables"]] == ["empty.csv", "header.csv"]
    assert [table["rows"] for table in outputs["tables"]] == [0, 0]
    assert outputs["files"] == [{"name": "report.pdf", "bytes": 4, "manifest": '{"tags": ["x"]}'}]
    assert outputs["orphans"] == ["tables/lost.csv.manifest", "files/gone.txt.manifest"]


@pytest.mark.parametrize(
    "manifest", ["not json", "[]", "null", '{"columns": "a"}', '{"columns": [1, null]}', "[" * 9000]
)
def test_a_broken_manifest_is_shown_and_harms_nothing(sandbox: Sandbox, manifest: str) -> None:
    table = after(
        sandbox,
        put("out/tables/t.csv", "a\n1\n"),
        put("out/tables/t.csv.manifest", manifest),
        config="{}" if manifest != "null" else '{"storage": []}',
    ).table("t.csv")
    assert table["manifest"] == manifest
    assert table["rows"] in (1, 2)


def test_a_table_that_cannot_be_read_has_unknown_rows(sandbox: Sandbox) -> None:
    table = after(sandbox, put("out/tables/t.csv.gz", "no gzip")).table("t.csv.gz")
    assert table["rows"] is None
    assert table["bytes"] == 7


def test_strange_names_and_missing_folders_do_no_harm(sandbox: Sandbox) -> None:
    result = after(
        sandbox,
        "os.rmdir('out/files'); open('out/files', 'w').close()",
        "open(b'out/tables/\\xff \\n.csv', 'w').write('a\\n1\\n')",
    )
    assert result.table("\ufffd \n.csv")["rows"] == 1
    assert result.one("outputs")["files"] == []
    assert os.path.isfile(sandbox.data / "out/files")
