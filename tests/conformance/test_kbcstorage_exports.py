"""The PyPI package `kbcstorage`, unchanged: previews and exports of tables, from each cloud."""

import csv
import gzip
import io
from pathlib import Path

import pytest
from kbcstorage.client import Client
from refusal import refused

SLICED = "in.c-exported.sliced"
WHOLE = "in.c-exported.whole"
HEADER = ["id", "name", "kind"]
ROWS = [[str(n), f'name "{n}"\nof, žluť', "even" if n % 2 == 0 else "odd"] for n in range(25)]


def written(rows):
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    return text.getvalue()


def read(text):
    return [list(row) for row in csv.reader(io.StringIO(text, newline=""))]


@pytest.fixture(scope="module")
def client(every_cloud, control):
    text = written([HEADER, *ROWS])
    tables = [
        {"id": SLICED, "csv_text": text, "slice_rows": 10},
        {"id": WHOLE, "csv_text": text, "sliced": False},
    ]
    control("/seed", {"projects": [{"id": every_cloud.project, "name": "", "tables": tables}]})
    return Client(every_cloud.url, every_cloud.token)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """The package puts slices into the working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_preview_shows_header_and_rows(client):
    assert read(client.tables.preview(SLICED)) == [HEADER, *ROWS]


def test_a_preview_shows_what_is_asked_for(client):
    odd = client.tables.preview(
        SLICED, columns=["kind", "id"], where_column="kind", where_values=["odd"]
    )
    assert read(odd) == [["kind", "id"], *([row[2], row[0]] for row in ROWS if row[2] == "odd")]
    assert read(client.tables.preview(SLICED, changed_since="-1 day")) == [HEADER, *ROWS]
    assert read(client.tables.preview(SLICED, changed_until="-1 day")) == [HEADER]


@pytest.mark.parametrize("is_gzip", [True, False])
def test_a_sliced_export_is_put_together(client, folder, is_gzip):
    path = client.tables.export_to_file(SLICED, str(folder), is_gzip=is_gzip)
    assert Path(path).name == "sliced"
    assert Path(path).read_text() == written([HEADER, *ROWS])
    assert names(folder) == ["sliced"]


def test_an_export_holds_what_is_asked_for(client, folder):
    path = client.tables.export_to_file(
        SLICED, str(folder), columns=["name"], where_column="id", where_values=["3", "17"]
    )
    assert read(Path(path).read_text()) == [["name"], [ROWS[3][1]], [ROWS[17][1]]]


def test_a_whole_export_has_its_header_in_the_file(client, folder):
    file_id = client.tables.export(WHOLE, is_gzip=True)
    assert client.files.detail(file_id)["isSliced"] is False
    path = client.files.download(file_id, str(folder / "got"))
    assert gzip.decompress(Path(path).read_bytes()).decode() == written([HEADER, *ROWS])


def test_an_export_of_nothing_has_a_header_alone(client, folder):
    path = client.tables.export_to_file(
        SLICED, str(folder), where_column="id", where_values=["none"]
    )
    assert Path(path).read_text() == written([HEADER])


def test_an_export_can_be_loaded_again(every_cloud, client):
    master = Client(every_cloud.url, every_cloud.master_token)
    master.buckets.create("again")
    file_id = client.tables.export(WHOLE, is_gzip=True)
    job = master.tables.create_raw("in.c-again", "again", data_file_id=file_id, primary_key=["id"])
    assert master.jobs.block_for_success(job["id"])
    assert read(client.tables.preview("in.c-again.again")) == [HEADER, *ROWS]
    file_id = client.tables.export(SLICED, is_gzip=True)
    job = client.tables.load_raw("in.c-again.again", data_file_id=file_id, without_headers=True)
    assert client.jobs.block_for_success(job["id"])
    assert read(client.tables.preview("in.c-again.again")) == [HEADER, *ROWS]
    master.buckets.delete("in.c-again", force=True)


def test_what_a_table_does_not_have_is_refused(client):
    def export(table=SLICED, **options):
        return lambda: client.tables.export_raw(table, **options)

    for call, expected in [
        (export("in.c-exported.none"), (404, "storage.tables.notFound")),
        (lambda: client.tables.preview("in.c-exported.none"), (404, "storage.tables.notFound")),
        (export(columns=["none"]), (400, "storage.tables.columnNotExists")),
        (export(where_column="none", where_values=["1"]), (400, "storage.tables.columnNotExists")),
        (export(changed_since="soon"), (400, "storage.tables.validation")),
    ]:
        assert refused(call) == expected
