from __future__ import annotations

from typing import Any

import pytest

from drawthings.apps.http.failure import Failure, failure_of
from drawthings.apps.openai.failing import param_of, render_failure
from drawthings.errors import (
    BadImage,
    DrawThingsError,
    EmptyResult,
    ModelNotFound,
    NotAllowed,
    OutOfRange,
    QueueFull,
    TimedOut,
    Unreachable,
)


@pytest.mark.parametrize(
    ("error", "status", "kind", "code", "retry"),
    [
        (OutOfRange("No.", field="steps"), 400, "invalid_request_error", "invalid_value", None),
        (BadImage("No."), 400, "invalid_request_error", "invalid_image", None),
        (ModelNotFound("No."), 404, "invalid_request_error", "model_not_found", None),
        (NotAllowed("No.", status=401), 401, "invalid_request_error", "invalid_api_key", None),
        (QueueFull("No.", retry_s=7.2), 429, "rate_limit_error", "queue_full", "true"),
        (Unreachable("No."), 503, "server_error", "server_unavailable", "true"),
        (EmptyResult("No."), 500, "server_error", "generation_failed", "false"),
        (TimedOut("No."), 504, "server_error", "deadline", "false"),
    ],
)
def test_failures_have_the_shape_that_clients_read(
    error: DrawThingsError, status: int, kind: str, code: str, retry: str | None
) -> None:
    told, headers, body = render_failure(failure_of(error), "r1")
    assert (told, body["error"]["type"], body["error"]["code"]) == (status, kind, code)
    assert body["error"]["message"] == "No."
    assert headers.get("x-should-retry") == retry
    assert headers["x-request-id"] == "r1"


def test_clients_are_never_told_to_wait_longer_than_they_would() -> None:
    def told(retry_s: float) -> str:
        return render_failure(Failure(429, "queue_full", "rate_limit", "No.", retry_s=retry_s), "")[1]["retry-after"]

    assert [told(0.2), told(7.2), told(4000)] == ["1", "7", "120"]


@pytest.mark.parametrize(
    ("field", "body", "param"),
    [
        (None, {}, None),
        ("steps", {"steps": 900}, "steps"),
        ("steps", {"num_inference_steps": 900}, "num_inference_steps"),
        ("guidance_scale", {"cfg_scale": 900}, "cfg_scale"),
        ("guidance_scale", {"guidance_scale": 900, "cfg": 1}, "guidance_scale"),
        ("width", {"size": "9x9"}, "size"),
        ("width", {}, "width"),
        ("batch_size", {"n": 3}, "n"),
    ],
)
def test_a_setting_is_named_as_the_client_named_it(field: str | None, body: dict[str, Any], param: str | None) -> None:
    assert param_of(field, body) == param
