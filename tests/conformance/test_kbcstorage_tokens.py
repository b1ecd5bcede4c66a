"""The PyPI package `kbcstorage`, unchanged: tokens, and the ways in which they are refused."""

import pytest
from kbcstorage.auth import BearerToken
from kbcstorage.client import Client
from refusal import refused


def test_a_token_is_verified(every_cloud):
    told = Client(every_cloud.url, every_cloud.token).tokens.verify()
    assert told["owner"]["id"] == every_cloud.project
    assert told["token"] == every_cloud.token
    assert told["componentAccess"] == ["kds-team.app-custom-python"]
    assert told["bucketPermissions"]["in.c-main"] == "write"
    assert (told["isMasterToken"], told["isExpired"], told["expires"]) == (False, False, None)
    assert "admin" not in told


def test_a_user_s_token_says_so(keboola):
    told = Client(keboola.url, keboola.master_token).tokens.verify()
    assert (told["isMasterToken"], told["canManageBuckets"]) == (True, True)
    assert told["admin"]["role"] == "admin"


@pytest.mark.parametrize("token", ["wrong", "1234-5678-wrong", "bearer", "expired"])
def test_a_token_that_is_not_valid_opens_nothing(keboola, devstack, token):
    token, code = {
        "expired": (devstack["keboola"]["expired_token"], "storage.tokenExpired"),
        # Programmatic tokens come in another header, which this stack does not read.
        "bearer": (BearerToken("kbc_at_any", keboola.project), "storage.tokenNotSet"),
    }.get(token, (token, "storage.tokenInvalid"))
    client = Client(keboola.url, token)
    for call in (client.tokens.verify, client.files.list, client.tables.list, client.buckets.list):
        assert refused(call) == (401, code)


def test_a_token_of_another_stack_is_not_known(devstack, hosts):
    keboola = devstack["keboola"]
    elsewhere = Client(f"https://{keboola['azure']['stack']}", keboola["gcp"]["token"])
    assert refused(elsewhere.tokens.verify) == (401, "storage.tokenInvalid")
