"""What every request meets: keys, pages of others, headers of answers, and a log that keeps secrets."""

from __future__ import annotations

import http.client
import json
import logging
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from drawthings.apps.http.keys import Keys, hash_of
from hostile import SMALL
from imagesgateway import Gateway, running
from patience import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drawthings.server.run import EmbeddedServer

ORIGIN = "https://mine.example"
KEY = {"authorization": "Bearer secret"}
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def locked(plain_server: EmbeddedServer) -> Iterator[Gateway]:
    with running(plain_server, keys=Keys({"alice": hash_of("secret")}), cors_origins=(ORIGIN,), page=True) as made:
        yield made


def ask(
    gateway: Gateway, method: str, path: str, body: Any = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(urlsplit(gateway.url).netloc, timeout=15)
    data = None if body is None else json.dumps(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, data, {**(JSON if body is not None else {}), **named})
    answer = connection.getresponse()
    found = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    connection.close()
    return found


@pytest.mark.parametrize(
    ("path", "challenge"),
    [("/v1/models", "Bearer"), ("/sdapi/v1/sd-models", "Basic"), ("/api/state", "Bearer"), ("/metrics", "Bearer")],
)
def test_each_dialect_asks_for_a_key_in_its_own_way(locked: Gateway, path: str, challenge: str) -> None:
    status, headers, body = ask(locked, "GET", path)
    assert status == 401
    assert headers["www-authenticate"].startswith(challenge)
    assert json.loads(body)
    assert ask(locked, "GET", path, **KEY)[0] == 200


def test_the_page_comes_without_a_key_under_a_policy(locked: Gateway) -> None:
    status, headers, _ = ask(locked, "GET", "/", accept="text/html")
    assert status == 200
    assert "script-src 'self'" in headers["content-security-policy"]


def test_the_page_logs_in_with_a_cookie_no_script_can_read(locked: Gateway) -> None:
    assert ask(locked, "POST", "/api/login", {"key": "wrong"})[0] == 401
    status, headers, _ = ask(locked, "POST", "/api/login", {"key": "secret"})
    cookie = headers["set-cookie"]
    assert status == 200
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    session = cookie.partition(";")[0]
    assert ask(locked, "GET", "/api/state", cookie=session)[0] == 200
    others = 'x={"a":1}; foo; a b=1; ' + session
    assert ask(locked, "GET", "/api/state", cookie=others)[0] == 200
    assert ask(locked, "POST", "/api/logout", cookie=session)[0] == 204
    assert ask(locked, "GET", "/api/state", cookie=session)[0] == 401


def test_who_has_no_key_can_send_nothing_large(locked: Gateway) -> None:
    status, _, body = ask(locked, "POST", "/api/login", {"key": "x" * 20_000})
    assert status == 413, body


def test_pages_may_read_answers_only_where_it_was_asked_for(locked: Gateway) -> None:
    _, mine, _ = ask(locked, "GET", "/api/state", origin=ORIGIN, **KEY)
    _, other, _ = ask(locked, "GET", "/api/state", origin="https://evil.example", **KEY)
    assert mine["access-control-allow-origin"] == ORIGIN
    assert "access-control-allow-origin" not in other
    status, asked, _ = ask(locked, "OPTIONS", "/api/jobs", origin=ORIGIN, access_control_request_headers="x-y")
    assert (status, asked["access-control-allow-headers"]) == (204, "x-y")


def test_every_answer_has_its_request_id_and_is_not_to_be_guessed_at(locked: Gateway) -> None:
    _, headers, _ = ask(locked, "GET", "/healthz", x_request_id="mine\"'42")
    assert headers["x-request-id"] == "mine42"
    assert headers["x-content-type-options"] == "nosniff"
    _, headers, _ = ask(locked, "GET", "/healthz")
    assert len(headers["x-request-id"]) == 16


def test_metrics_tell_counts_and_no_words(locked: Gateway) -> None:
    status, _, body = ask(
        locked, "POST", "/v1/images/generations", {**SMALL, "prompt": "hush", "size": "128x128"}, **KEY
    )
    assert status == 200, body
    text = ask(locked, "GET", "/metrics", **KEY)[2].decode()
    assert re.search(r'jobs_total{dialect="openai",model="sd_v1.5_f16.ckpt",state="done"} [1-9]', text)
    assert "hush" not in text
    assert "alice" not in text


def test_the_log_keeps_prompts_and_keys_to_itself(locked: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "drawthings.gateway"):
        ask(locked, "POST", "/v1/images/generations?api-version=hush", {**SMALL, "prompt": "hush", "steps": 900}, **KEY)
        ask(locked, "POST", "/v1/images/generations", {**SMALL, "prompt": "hush", "size": "128x128"}, **KEY)
        ask(locked, "POST", "/sdapi/v1/txt2img", {"prompt": "hush", "auth": "hush", "url": "hush", "steps": -1}, **KEY)
    assert "POST /v1/images/generations 200" in caplog.text
    assert "1 results" in caplog.text
    assert "hush" not in caplog.text
    assert "secret" not in caplog.text


def test_readiness_needs_a_server(locked: Gateway) -> None:
    # It listens before the server has answered it for the first time.
    assert until(lambda: ask(locked, "GET", "/readyz")[0] == 200)
