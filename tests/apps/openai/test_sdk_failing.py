"""What OpenAI's own package makes of failures, and how often it posts again."""

from __future__ import annotations

import hashlib
from typing import Any

import httpx2 as httpx
import openai
import pytest

from drawthings.apps.http.keys import Keys
from drawthings.apps.jobs.limits import Limits
from drawthings.server.options import ServerOptions
from drawthings.server.run import EmbeddedServer
from imagesgateway import SD, Gateway, hearing, running

KEY = "a key of some length"
QUICK: dict[str, Any] = {"seed": 5, "steps": 2}


def client(gateway: Gateway, **how: Any) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{gateway.url}/v1", **({"api_key": "unused", "max_retries": 0} | how))


@pytest.mark.parametrize(
    ("body", "kind", "code", "param"),
    [
        ({"n": 12}, openai.BadRequestError, "invalid_value", "n"),
        ({"size": "large"}, openai.BadRequestError, "invalid_value", "size"),
        ({"output_format": "svg"}, openai.BadRequestError, "invalid_value", "output_format"),
        ({"cfg": 1000}, openai.BadRequestError, "invalid_value", "cfg"),
        ({"model": "none_such.ckpt"}, openai.NotFoundError, "model_not_found", None),
        ({"loras": ["none_such.ckpt"]}, openai.NotFoundError, "model_not_found", None),
        ({"image": "data:image/png;base64,AAAA"}, openai.BadRequestError, "invalid_image", "image"),
        ({"image": "http://127.0.0.1/a.png"}, openai.BadRequestError, "invalid_image", "image"),
    ],
)
def test_what_is_wrong_is_told_in_the_packages_own_errors(
    gateway: Gateway, body: dict[str, Any], kind: type[openai.APIStatusError], code: str, param: str | None
) -> None:
    before = gateway.generations()
    with client(gateway, max_retries=2) as asking, pytest.raises(kind) as caught:
        asking.images.generate(prompt="x", model=SD, extra_body=body, timeout=10)
    error = caught.value
    assert (error.code, error.param, error.type) == (code, param, "invalid_request_error")
    assert error.request_id
    assert error.message.rstrip().endswith((".", "?", "}"))
    assert gateway.generations() == before


def test_strict_clients_are_told_what_would_have_no_effect(gateway: Gateway) -> None:
    strict = {"x-drawthings-strict": "true"}
    with client(gateway) as asking, pytest.raises(openai.BadRequestError) as caught:
        asking.images.generate(prompt="x", model=SD, extra_body={"guidanceScale": 3}, extra_headers=strict)
    assert caught.value.param == "guidanceScale"
    assert "guidance_scale" in str(caught.value)


def test_a_missing_key_is_told(gateway: Gateway) -> None:
    assert gateway.server is not None
    keys = Keys({"tester": hashlib.sha256(KEY.encode()).hexdigest()})
    with running(gateway.server, keys=keys) as locked:
        with client(locked, api_key="wrong") as asking, pytest.raises(openai.AuthenticationError) as caught:
            asking.models.list()
        assert caught.value.code == "invalid_api_key"
        with client(locked, api_key=KEY) as asking:
            assert len(list(asking.models.list())) > 2
            made = asking.images.generate(
                prompt="x", model=SD, size="256x256", response_format="url", user="anna", extra_body=QUICK
            )
        # Who has the link needs no key.
        assert httpx.get((made.data or [])[0].url or "").status_code == 200


def test_no_server_is_503_and_may_be_tried_again() -> None:
    options = ServerOptions(tls=False, model_browser=True, sketch=True, catalogue=("v1",))
    with EmbeddedServer(options) as server, running(server) as gateway, client(gateway) as asking:
        asking.models.list()
        server.stop()
        with pytest.raises(openai.APIStatusError) as caught:
            asking.images.generate(prompt="x", model=SD, size="256x256", extra_body=QUICK)
    assert caught.value.status_code == 503
    assert caught.value.type == "server_error"


def test_a_generation_that_failed_is_not_posted_again() -> None:
    options = ServerOptions(tls=False, model_browser=True, sketch=True, catalogue=("v1",), fail_rate=1.0)
    with EmbeddedServer(options) as server, running(server) as gateway, client(gateway, max_retries=3) as asking:
        with pytest.raises(openai.InternalServerError) as caught:
            asking.images.generate(prompt="x", model=SD, size="256x256", extra_body=QUICK)
        assert caught.value.code == "generation_failed"
        assert len(gateway.all_jobs()) == 1


def test_a_full_queue_is_429_and_tells_when_to_come_back() -> None:
    options = ServerOptions(tls=False, model_browser=True, sketch=True, catalogue=("v1",), ms_per_step=200)
    with (
        EmbeddedServer(options) as server,
        running(server, limits=Limits(queued=0)) as gateway,
        client(gateway) as asking,
        pytest.raises(openai.RateLimitError) as caught,
    ):
        asking.images.generate(prompt="x", model=SD, size="256x256", extra_body=QUICK)
    assert caught.value.code == "queue_full"
    assert 1 <= int(caught.value.response.headers["retry-after"]) <= 120
    assert caught.value.response.headers["x-should-retry"] == "true"


def test_a_client_that_loses_patience_makes_one_picture(slow: Gateway) -> None:
    with client(slow, max_retries=3) as asking:
        answer = asking.images.generate(
            prompt="x", model=SD, size="256x256", timeout=1, extra_body={"seed": 5, "steps": 18}
        )
    assert answer.data
    assert slow.generations() == 1
    (job,) = slow.all_jobs()
    assert job.attached >= 1


def test_a_client_that_leaves_takes_its_job_along(hasty: Gateway) -> None:
    with hearing("cancelled by the client") as cancelled:
        with client(hasty) as asking, pytest.raises(openai.APITimeoutError):
            asking.images.generate(prompt="x", model=SD, size="256x256", timeout=0.4, extra_body={"steps": 150})
        (job,) = hasty.all_jobs()
        hasty.until(lambda: job.state == "cancelled")
        assert "nobody waited" in job.reason
        assert cancelled.wait(10)
