"""What the Storage API says when it refuses."""

import pytest
import requests


def refused(call):
    """Status and code of the refusal of `call`; its words and its id must be there, too."""
    with pytest.raises(requests.HTTPError) as caught:
        call()
    body = caught.value.response.json()
    assert body["error"]
    assert body["exceptionId"]
    return caught.value.response.status_code, body["code"]
