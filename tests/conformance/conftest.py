"""Points the official package at the dev stack that DEVSTACK names (see README.md)."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest


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
    """The JSON line; the package's environment is set before any client is made."""
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
