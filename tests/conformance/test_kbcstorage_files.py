"""The PyPI package `kbcstorage`, unchanged: files, by the clients that it brings for each cloud."""

import gzip
import hashlib
import os
import random
from pathlib import Path

import pytest
from kbcstorage.client import Client
from refusal import refused

# More than the 8 MiB of a part of boto3's downloads and of a chunk of Google's.
LARGE = 20 * 1024 * 1024 + 1


@pytest.fixture(scope="module")
def client(every_cloud):
    return Client(every_cloud.url, every_cloud.token)


@pytest.fixture
def tags():
    """Tags that no other test has."""
    return ["conformance", os.urandom(8).hex()]


def digest(content):
    return hashlib.sha256(content).hexdigest()


def written(folder, name, content):
    path = folder / name
    path.write_bytes(content)
    return str(path)


@pytest.mark.parametrize(
    "content", [b"", b"x", b'"a","b"\n"1","2"\n', random.Random(3).randbytes(LARGE)], ids=len
)
def test_what_is_uploaded_is_what_is_downloaded(client, tmp_path, tags, content):
    path = written(tmp_path, "data.bin", content)
    file_id = client.files.upload_file(path, tags=tags)
    got = client.files.download(file_id, str(tmp_path / "got"))
    assert os.path.basename(got) == "data.bin"
    assert digest(Path(got).read_bytes()) == digest(content)
    detail = client.files.detail(file_id)
    assert detail["name"] == "data.bin"
    assert detail["sizeBytes"] == len(content)
    assert sorted(detail["tags"]) == sorted(tags)
    assert (detail["isSliced"], detail["isPublic"]) == (False, False)


def test_options_of_an_upload_are_kept(client, tmp_path, tags):
    path = written(tmp_path, "kept.csv", b"a\n1\n")
    file_id = client.files.upload_file(
        path, tags=tags, is_permanent=True, is_encrypted=False, compress=True
    )
    detail = client.files.detail(file_id)
    assert detail["name"] == "kept.csv.gz"
    assert detail["maxAgeDays"] is None
    assert detail["isEncrypted"] is False
    got = client.files.download(file_id, str(tmp_path / "got"))
    assert gzip.decompress(Path(got).read_bytes()) == b"a\n1\n"


def test_files_are_listed_by_tag_by_query_and_by_page(client, tmp_path, tags):
    path = written(tmp_path, "listed.txt", b"listed")
    common, own = tags
    first, second = (client.files.upload_file(path, tags=tags) for _ in range(2))
    third = client.files.upload_file(path, tags=[common])

    def listed(**query):
        return [file["id"] for file in client.files.list(**query)]

    assert listed(tags=[own]) == [second, first]
    assert listed(q=f'tags:"{common}" AND tags:"{own}"') == [second, first]
    assert listed(tags=[own], limit=1) == [second]
    assert listed(tags=[own], limit=1, offset=1) == [first]
    # The package sends since_id only beside a run_id, which it does not send.
    assert listed(run_id="any", since_id=second) == [third]
    assert listed(tags=[own], max_id=second) == [first]


def test_a_deleted_file_is_gone(client, tmp_path, tags):
    file_id = client.files.upload_file(written(tmp_path, "gone.txt", b"gone"), tags=tags)
    client.files.delete(file_id)
    assert client.files.list(tags=tags[1:]) == []
    for call in (client.files.detail, client.files.delete):
        assert refused(lambda call=call: call(file_id)) == (404, "storage.files.notFound")


def test_a_file_of_another_project_is_not_found(client, every_cloud, devstack, tmp_path, tags):
    file_id = client.files.upload_file(written(tmp_path, "own.txt", b"own"), tags=tags)
    stranger = Client(
        f"https://{devstack['keboola']['stack']}", devstack["keboola"]["foreign_token"]
    )
    expected = (404, "storage.files.notFound")
    assert refused(lambda: stranger.files.detail(file_id)) == expected
    assert refused(lambda: stranger.files.delete(file_id)) == expected
    assert client.files.detail(file_id)["name"] == "own.txt"


def test_a_token_sees_files_of_others_only_with_the_right_to(keboola, devstack, tmp_path, tags):
    owner = Client(keboola.url, keboola.token)
    weak = Client(keboola.url, devstack["keboola"]["weak_token"])
    file_id = owner.files.upload_file(written(tmp_path, "mine.txt", b"mine"), tags=tags)
    assert weak.files.list(tags=tags[1:]) == []
    assert refused(lambda: weak.files.detail(file_id)) == (403, "accessDenied")
    own = weak.files.upload_file(written(tmp_path, "weak.txt", b"weak"), tags=tags)
    assert [file["id"] for file in weak.files.list(tags=tags[1:])] == [own]


def test_an_upload_without_federated_credentials_is_refused(client):
    refusal = refused(lambda: client.files.prepare_upload("old.txt", federation_token=False))
    assert refusal == (400, "storage.files.validation")
