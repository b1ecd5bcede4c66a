"""Points the official packages at the dev stack that DEVSTACK names (see README.md)."""

import json
import os
import signal
import subprocess
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest

CLOUDS = ["aws", "azure", "gcp"]


def _open_devstack():
    path = Path(os.environ.get("DEVSTACK") or pytest.exit("DEVSTACK is not set; see README.md", 2))
    if path.read_bytes()[:1] == b"{":
        return json.loads(path.read_text()), None
    stack = subprocess.Popen([path], stdout=subprocess.PIPE, text=True)
    line = stack.stdout.readline()
    if not line:
        pytest.exit(f"{path} ended with {stack.wait()} before its line", 2)
    return json.loads(line), stack


@pytest.fixture(scope="session", autouse=True)
def devstack():
    """The JSON line; the environment of the package `e2b` is set before any client is made."""
    line, stack = _open_devstack()
    os.environ["E2B_API_URL"] = line["e2b"]["api_url"]
    os.environ["E2B_SANDBOX_URL"] = line["e2b"]["sandbox_url"]
    os.environ["E2B_API_KEY"] = line["e2b"]["api_key"]
    if line.get("ca_file"):
        os.environ["SSL_CERT_FILE"] = line["ca_file"]
        os.environ.pop("SSL_CERT_DIR", None)
    yield line
    if stack:
        stack.send_signal(signal.SIGINT)
        stack.wait()


@dataclass
class Keboola:
    """A project, and what opens it."""

    url: str
    project: int
    token: str
    master_token: str


@pytest.fixture(scope="session")
def control(devstack):
    """A call of the dev stack's control API."""

    def call(path, body):
        request = urllib.request.Request(
            devstack["control"] + path,
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
            return json.loads(answer.read() or b"null")

    return call


@pytest.fixture(scope="module")
def hosts(devstack, control):
    """Leads `requests`, and with it boto3 and the clients of Azure and Google, to the dev stack:
    its proxy opens the way to the real host names. Jobs end at once: the package asks again only
    after 4 seconds."""
    control("/exports", {"delay_ms": 0})
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HTTPS_PROXY", "https_proxy"):
            patch.setenv(name, devstack["proxy"])
        for name in ("NO_PROXY", "no_proxy"):
            patch.setenv(name, "127.0.0.1,localhost")
        for name in ("REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE"):
            patch.setenv(name, devstack["ca_file"])
        patch.delenv("KBC_RUNID", raising=False)
        yield
    control("/exports", {"delay_ms": 150})


def _keboola(devstack, cloud):
    told = devstack["keboola"] if cloud == "aws" else devstack["keboola"][cloud]
    return Keboola(f"https://{told['stack']}", told["project"], told["token"], told["master_token"])


@pytest.fixture(scope="module")
def keboola(devstack, hosts):
    """The project on AWS."""
    return _keboola(devstack, "aws")


@pytest.fixture(scope="module", params=CLOUDS)
def every_cloud(devstack, hosts, request):
    """A project on each of the three clouds."""
    return _keboola(devstack, request.param)
