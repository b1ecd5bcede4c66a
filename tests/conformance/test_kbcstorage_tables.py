"""The PyPI package `kbcstorage`, unchanged: buckets and tables, in the order of a table's life."""

import csv
import io

import pytest
from kbcstorage.client import Client
from refusal import refused

AIRPORTS = "in.c-main.airports"


@pytest.fixture(scope="module")
def client(keboola):
    return Client(keboola.url, keboola.master_token)


@pytest.fixture(scope="module")
def bucket(client):
    made = client.buckets.create("conformance", stage="out", description="for tests")
    yield made["id"]
    client.buckets.delete(made["id"], force=True)


def written(folder, text, name="data.csv"):
    (folder / name).write_text(text)
    return str(folder / name)


def rows(text):
    return [list(row) for row in csv.reader(io.StringIO(text))]


@pytest.fixture
def table(client, bucket, tmp_path):
    """A table with a primary key, of the test's own."""
    path = written(tmp_path, "id,name\n1,one\n2,two\n")
    made = client.tables.create(bucket, "own", path, primary_key=["id"])
    yield made
    client.tables.delete(made)


def content(client, table):
    return sorted(rows(client.tables.preview(table)))


def test_a_bucket_is_made_and_told(client, bucket):
    assert bucket == "out.c-conformance"
    detail = client.buckets.detail(bucket)
    assert (detail["name"], detail["stage"]) == ("c-conformance", "out")
    assert detail["description"] == "for tests"
    assert {"in.c-main", bucket} <= {one["id"] for one in client.buckets.list()}
    assert client.buckets.list_tables(bucket) == []


def test_a_bucket_that_cannot_be_is_refused(client, bucket, devstack, keboola):
    for call, expected in [
        (lambda: client.buckets.create("conformance", "out"), "storage.buckets.alreadyExists"),
        (lambda: client.buckets.create("conformance", "up"), "storage.buckets.validation"),
        (lambda: client.buckets.create("with space"), "storage.buckets.validation"),
        (lambda: client.buckets.create("_under"), "storage.buckets.validation"),
    ]:
        assert refused(call) == (400, expected)
    limited = Client(keboola.url, keboola.token)
    assert refused(lambda: limited.buckets.create("mine")) == (403, "accessDenied")
    assert refused(lambda: client.buckets.detail("in.c-none")) == (404, "storage.buckets.notFound")


def test_a_table_is_made_of_a_file(client, bucket, table):
    detail = client.tables.detail(table)
    assert table.startswith(f"{bucket}.")
    assert (detail["columns"], detail["primaryKey"]) == (["id", "name"], ["id"])
    assert (detail["rowsCount"], detail["bucket"]["id"]) == (2, bucket)
    assert content(client, table) == [["1", "one"], ["2", "two"], ["id", "name"]]
    assert [one["id"] for one in client.buckets.list_tables(bucket)] == [table]
    assert {AIRPORTS, table} <= {one["id"] for one in client.tables.list()}


def test_a_full_load_replaces_all_rows(client, table, tmp_path):
    results = client.tables.load(table, written(tmp_path, "id,name\n3,three\n"))
    assert content(client, table) == [["3", "three"], ["id", "name"]]
    assert (results["importedColumns"], results["totalRowsCount"]) == (["id", "name"], 1)
    assert results["totalDataSizeBytes"] > 0


def test_an_incremental_load_adds_and_updates_by_the_primary_key(client, table, tmp_path):
    path = written(tmp_path, "id,name\n2,zwei\n3,drei\n")
    results = client.tables.load(table, path, is_incremental=True)
    assert content(client, table) == [["1", "one"], ["2", "zwei"], ["3", "drei"], ["id", "name"]]
    assert results["totalRowsCount"] == 3


def test_an_incremental_load_without_a_primary_key_adds_all_rows(client, bucket, tmp_path):
    path = written(tmp_path, "id\n1\n")
    table = client.tables.create(bucket, "appended", path)
    client.tables.load(table, path, is_incremental=True)
    assert content(client, table) == [["1"], ["1"], ["id"]]
    client.tables.delete(table)


def test_a_load_reads_values_as_they_are_written(client, table, tmp_path):
    text = '"id"\t"name"\n"1"\t"a ""b""\tc\nd"\n2\tžluťoučký\n'
    client.tables.load(table, written(tmp_path, text), delimiter="\t")
    expected = [["1", 'a "b"\tc\nd'], ["2", "žluťoučký"], ["id", "name"]]
    assert content(client, table) == expected


def test_a_load_without_headers_takes_every_line(client, table, tmp_path):
    client.tables.load(table, written(tmp_path, "5,five\n6,six\n"), without_headers=True)
    assert content(client, table) == [["5", "five"], ["6", "six"], ["id", "name"]]


def test_a_packed_file_is_loaded_by_its_name(client, table, tmp_path):
    path = written(tmp_path, "id,name\n7,seven\n")
    file_id = client.files.upload_file(path, compress=True)
    job = client.tables.load_raw(table, data_file_id=file_id)
    assert client.jobs.block_for_success(job["id"])
    assert content(client, table) == [["7", "seven"], ["id", "name"]]


def test_columns_that_only_the_file_has_are_added(client, table, tmp_path):
    path = written(tmp_path, "id,name,more\n2,two,m\n")
    client.tables.load(table, path, is_incremental=True)
    assert client.tables.detail(table)["columns"] == ["id", "name", "more"]
    assert content(client, table) == [["1", "one", ""], ["2", "two", "m"], ["id", "name", "more"]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id,neu\n1,n\n", "Some columns are missing in the csv file. Missing columns: name."),
        ("id;name\n1;one\n", 'check if the expected delimiter "," is used'),
        ("id,name\n1\n", "not valid CSV|does not match that of the header"),
        ("", "Some columns are missing"),
    ],
)
def test_a_load_that_does_not_fit_fails_and_changes_nothing(client, table, tmp_path, text, words):
    with pytest.raises(RuntimeError, match=words):
        client.tables.load(table, written(tmp_path, text))
    assert content(client, table) == [["1", "one"], ["2", "two"], ["id", "name"]]


def test_a_file_that_was_never_uploaded_fails_the_job(client, table):
    prepared = client.files.prepare_upload("never.csv")
    job = client.tables.load_raw(table, data_file_id=prepared["id"])
    ended = client.jobs.block_until_completed(job["id"])
    assert (ended["status"], ended["error"]["code"]) == ("error", "storage.fileNotUploaded")
    assert (ended["operationName"], ended["tableId"]) == ("tableImport", table)
    assert job["id"] in [one["id"] for one in client.jobs.list()]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "No columns"),
        ("id,\n1,one\n", "not a valid column name"),
        ("name,Name\n", "duplicate columns"),
        ("name\n", "primary key"),
    ],
)
def test_a_table_that_cannot_be_made_fails_the_job(client, bucket, tmp_path, text, words):
    with pytest.raises(RuntimeError, match=words):
        client.tables.create(bucket, "impossible", written(tmp_path, text), primary_key=["id"])
    gone = refused(lambda: client.tables.detail(f"{bucket}.impossible"))
    assert gone == (404, "storage.tables.notFound")


def test_a_request_that_makes_no_sense_is_refused_at_once(client, bucket, table):
    prepared = client.files.prepare_upload("never.csv")["id"]

    def create(bucket_id, name, file=prepared, **options):
        return lambda: client.tables.create_raw(bucket_id, name, data_file_id=file, **options)

    def load(table_id, file=prepared, **options):
        return lambda: client.tables.load_raw(table_id, data_file_id=file, **options)

    for call, expected in [
        (create(bucket, "own"), (400, "storage.buckets.tableAlreadyExists")),
        (create(bucket, "with.dot"), (400, "storage.tables.validation")),
        (create(bucket, "new", delimiter="/t"), (400, "invalidCsv")),
        (create("in.c-none", "new"), (404, "storage.buckets.notFound")),
        (create(bucket, "new", file=1), (404, "storage.files.notFound")),
        (load(f"{bucket}.none"), (404, "storage.tables.notFound")),
        (load(table, delimiter="/t"), (400, "invalidCsv")),
        (load(table, file=1), (404, "storage.files.notFound")),
    ]:
        assert refused(call) == expected


def test_a_table_of_another_project_is_not_found(devstack, keboola, table):
    stranger = Client(keboola.url, devstack["keboola"]["foreign_token"])
    assert refused(lambda: stranger.tables.detail(table)) == (404, "storage.tables.notFound")
    assert refused(lambda: stranger.tables.preview(AIRPORTS)) == (404, "storage.tables.notFound")


def test_a_token_does_with_a_table_what_its_right_on_the_bucket_says(
    keboola, devstack, control, table
):
    rights = {"bucketPermissions": {"out.c-conformance": "read"}, "canReadAllFileUploads": True}
    project = {"id": keboola.project, "name": "", "tokens": [{"name": "reader", "rights": rights}]}
    reader = Client(keboola.url, control("/seed", {"projects": [project]})["tokens"]["reader"])
    weak = Client(keboola.url, devstack["keboola"]["weak_token"])
    writer = Client(keboola.url, keboola.token)
    prepared = writer.files.prepare_upload("any.csv")["id"]
    denied = (403, "accessDenied")
    assert refused(lambda: weak.tables.detail(table)) == denied
    assert [one["id"] for one in reader.tables.list()] == [table]
    assert refused(lambda: reader.tables.load_raw(table, data_file_id=prepared)) == denied
    assert refused(lambda: writer.tables.delete(table)) == denied


def test_a_bucket_with_a_table_is_deleted_only_by_force(client, tmp_path):
    bucket = client.buckets.create("full")["id"]
    client.tables.create(bucket, "kept", written(tmp_path, "a\n1\n"))
    assert refused(lambda: client.buckets.delete(bucket)) == (400, "buckets.deleteNotEmpty")
    client.buckets.delete(bucket, force=True)
    missing = (404, "storage.tables.notFound")
    assert refused(lambda: client.tables.detail(f"{bucket}.kept")) == missing
    assert bucket not in {one["id"] for one in client.buckets.list()}
