"""The PyPI package `kbcstorage`, unchanged: configurations and components.

The package lists, reads, makes and deletes configurations. It has no call that changes one; its own
`_put`, which the other calls of the package are built on, sends the request."""

import json

import pytest
from kbcstorage.client import Client
from refusal import refused

CUSTOM_PYTHON = "kds-team.app-custom-python"
CONFIGURATION = {
    "parameters": {"source": "code", "venv": "3.13", "code": "print(1)", "packages": []},
    "storage": {"input": {"tables": [], "files": []}},
}


@pytest.fixture(scope="module")
def client(keboola):
    return Client(keboola.url, keboola.token)


@pytest.fixture
def made(client):
    """A configuration of the test's own."""
    made = client.configurations.create(
        CUSTOM_PYTHON,
        "Conformance",
        description="of a test",
        configuration=CONFIGURATION,
        state={"component": {"last": 5}},
        change_description="The first",
    )
    yield made
    for _ in range(2):  # Into the trash, and out of it for good.
        client.configurations.delete(CUSTOM_PYTHON, made["id"])


def url(client, id, tail=""):
    return f"{client.configurations.base_url}/{CUSTOM_PYTHON}/configs/{id}{tail}"


def updated(client, id, **fields):
    return client.configurations._put(url(client, id), data=fields)


def versions(client, id):
    return client.configurations._get(url(client, id, "/versions"))


def test_a_configuration_is_made_and_told(client, made):
    detail = client.configurations.detail(CUSTOM_PYTHON, made["id"])
    assert detail == made
    assert (detail["name"], detail["description"]) == ("Conformance", "of a test")
    assert (detail["version"], detail["changeDescription"]) == (1, "The first")
    assert detail["configuration"] == CONFIGURATION
    assert detail["state"] == {"component": {"last": 5}}
    assert (detail["isDisabled"], detail["isDeleted"]) == (False, False)
    assert detail["currentVersion"]["changeDescription"] == "The first"


def test_configurations_are_listed_alone_and_with_their_component(client, made):
    ids = [one["id"] for one in client.configurations.list(CUSTOM_PYTHON)]
    assert made["id"] in ids
    components = client.components.list(include=["configuration"])
    own = [one for one in components if one["id"] == CUSTOM_PYTHON]
    assert [one["id"] for one in own[0]["configurations"]] == ids


def test_an_update_replaces_the_configuration_and_makes_a_version(client, made):
    answer = updated(
        client,
        made["id"],
        configuration=json.dumps({"parameters": {"code": "print(2)"}}),
        changeDescription="Print two",
    )
    assert answer["version"] == 2
    assert answer["configuration"] == {"parameters": {"code": "print(2)"}}
    assert answer["name"] == "Conformance"
    assert client.configurations.detail(CUSTOM_PYTHON, made["id"]) == answer
    told = [(one["version"], one["changeDescription"]) for one in versions(client, made["id"])]
    assert told == [(2, "Print two"), (1, "The first")]


def test_an_update_as_json_does_the_same_as_a_form(client, made):
    body = {"configuration": {"parameters": {"user_properties": {}}}, "isDisabled": True}
    answer = client.configurations._put(url(client, made["id"]), json=body)
    # PHP knows no empty object.
    assert answer["configuration"] == {"parameters": {"user_properties": []}}
    assert (answer["version"], answer["isDisabled"]) == (2, True)


def test_a_rollback_is_a_new_version_with_the_old_content(client, made):
    updated(client, made["id"], name="Renamed", configuration="{}")
    back = client.configurations._post(url(client, made["id"], "/versions/1/rollback"))
    assert back == {"version": 3}
    detail = client.configurations.detail(CUSTOM_PYTHON, made["id"])
    assert (detail["name"], detail["configuration"]) == ("Conformance", CONFIGURATION)
    assert [one["version"] for one in versions(client, made["id"])] == [3, 2, 1]


def test_a_deleted_configuration_is_in_the_trash_until_it_is_deleted_again(client):
    id = client.configurations.create(CUSTOM_PYTHON, "Trash", configuration_id="trash")["id"]
    assert id == "trash"

    def trash():
        every = url(client, "").rstrip("/")
        found = client.configurations._get(every, params={"isDeleted": "true"})
        return [(one["id"], one["version"], one["changeDescription"]) for one in found]

    client.configurations.delete(CUSTOM_PYTHON, id)
    missing = (404, "notFound")
    assert refused(lambda: client.configurations.detail(CUSTOM_PYTHON, id)) == missing
    assert trash() == [("trash", 2, "Configuration deleted")]
    client.configurations.delete(CUSTOM_PYTHON, id)
    assert trash() == []
    assert refused(lambda: client.configurations.delete(CUSTOM_PYTHON, id)) == missing


def test_a_development_branch_goes_its_own_way(keboola, client, made):
    branch = Client(keboola.url, keboola.token, branch_id="901")
    updated(branch, made["id"], name="In the branch")
    assert branch.configurations.detail(CUSTOM_PYTHON, made["id"])["name"] == "In the branch"
    assert client.configurations.detail(CUSTOM_PYTHON, made["id"]) == made
    branch.configurations.delete(CUSTOM_PYTHON, made["id"])
    gone = refused(lambda: branch.configurations.detail(CUSTOM_PYTHON, made["id"]))
    assert gone == (404, "notFound")
    assert client.configurations.detail(CUSTOM_PYTHON, made["id"]) == made


def test_what_cannot_be_is_refused(client, made):
    create, detail = client.configurations.create, client.configurations.detail
    nowhere = Client(client.root_url, client.token, branch_id="5")
    for call, expected in [
        (lambda: create(CUSTOM_PYTHON, ""), (400, "storage.components.validation")),
        (
            lambda: create(CUSTOM_PYTHON, "n", configuration_id=made["id"]),
            (400, "configurationAlreadyExists"),
        ),
        (
            lambda: updated(client, made["id"], configuration="{sdf}"),
            (400, "validation.invalidConfigurationFormat"),
        ),
        (lambda: updated(client, "none", name="n"), (404, "notFound")),
        (lambda: detail(CUSTOM_PYTHON, "none"), (404, "notFound")),
        (lambda: detail("keboola.ex-http", "554433221"), (403, "accessDenied")),
        (lambda: nowhere.configurations.list(CUSTOM_PYTHON), (404, "storage.devBranches.notFound")),
    ]:
        assert refused(call) == expected
    assert versions(client, made["id"])[0]["version"] == 1


def test_a_token_without_the_component_may_do_nothing_with_it(keboola, devstack, made):
    weak = Client(keboola.url, devstack["keboola"]["weak_token"])
    for call in (
        lambda: weak.configurations.list(CUSTOM_PYTHON),
        lambda: weak.configurations.detail(CUSTOM_PYTHON, made["id"]),
        lambda: weak.configurations.create(CUSTOM_PYTHON, "n"),
        lambda: weak.configurations.delete(CUSTOM_PYTHON, made["id"]),
        lambda: updated(weak, made["id"], name="n"),
    ):
        assert refused(call) == (403, "accessDenied")


def test_a_configuration_of_another_project_is_not_found(keboola, devstack, made):
    stranger = Client(keboola.url, devstack["keboola"]["foreign_token"])
    detail = stranger.configurations.detail
    assert refused(lambda: detail(CUSTOM_PYTHON, made["id"])) == (404, "notFound")
