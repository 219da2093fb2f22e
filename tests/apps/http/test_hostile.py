"""Whatever is sent, the gateway answers with the right status, tells nothing of itself and goes on."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from hostile import MULTIPART, ROWS, SMALL, Row, fields

if TYPE_CHECKING:
    from imagesgateway import Gateway

SECRETS = (b"Traceback", b"/work/", b"site-packages", b"root:", b"sqlite3.")


def asked(gateway: Gateway, row: Row) -> tuple[int, bytes, dict[str, str]]:
    """Send a request as it is, without any client's help."""
    connection = http.client.HTTPConnection(urlsplit(gateway.url).netloc, timeout=15)
    body = fields(2000) if "2000 fields" in row.name else row.body
    connection.putrequest(row.method, row.path, skip_host="host" in row.headers)
    for name, value in row.headers.items():
        connection.putheader(name, value)
    data = body.encode() if isinstance(body, str) else body
    if data is not None and "content-length" not in row.headers:
        connection.putheader("content-length", str(len(data)))
    connection.endheaders(data)
    response = connection.getresponse()
    found = response.status, response.read(), {name.lower(): value for name, value in response.getheaders()}
    connection.close()
    return found


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_is_answered_with_the_right_status(gateway: Gateway, row: Row) -> None:
    status, body, headers = asked(gateway, row)
    right = row.status if isinstance(row.status, tuple) else (row.status,)
    assert status in right, body[:300]
    assert not [secret for secret in SECRETS if secret in body]
    if status >= 400 and headers.get("content-type") == "application/json":
        told = json.loads(body)
        sentence = told.get("detail") or told["error"]["message"]
        assert len(sentence) < 600
        assert headers["x-content-type-options"] == "nosniff"


def test_there_are_at_least_fifty_of_them_and_no_two_are_called_the_same() -> None:
    assert len({row.name for row in ROWS}) >= 50


def test_nothing_was_begun_by_any_of_them_and_the_gateway_goes_on(gateway: Gateway) -> None:
    before = gateway.generations()
    for row in ROWS:
        asked(gateway, row)
    assert gateway.generations() == before
    assert gateway.jobs is not None
    assert gateway.jobs.queue_length() == 0
    good = Row("a job", 202, body=json.dumps({**SMALL, "seed": 3}), headers={"content-type": "application/json"})
    assert asked(gateway, good)[0] == 202


def test_a_form_of_the_wrong_kind_is_refused_everywhere(gateway: Gateway) -> None:
    for path in ("/api/jobs", "/api/plan", "/sdapi/v1/txt2img"):
        status, _, _ = asked(gateway, Row("a form", 415, path=path, body=fields(1), headers=MULTIPART))
        assert status in {400, 415, 422}
