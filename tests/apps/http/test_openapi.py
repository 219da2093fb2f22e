"""The OpenAPI document: valid, and true under whatever is made up from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.specs.openapi.checks import positive_data_acceptance

from drawthings.apps.http.openapi import document
from drawthings.apps.jobs.limits import Limits
from drawthings.request.fields import BY_NAME
from drawthings.server.options import ServerOptions
from drawthings.server.run import EmbeddedServer
from imagesgateway import running

if TYPE_CHECKING:
    from collections.abc import Callable

STREAMS = {"/api/events"}
EXAMPLES = 4


def test_is_a_valid_document() -> None:
    OpenAPIV31SpecValidator(document()).validate()


def test_has_every_setting_with_the_range_of_the_table() -> None:
    described = document()["components"]["schemas"]["Settings"]["properties"]
    assert set(described) == set(BY_NAME)
    assert (described["steps"]["minimum"], described["steps"]["maximum"]) == (1, 150)
    assert described["width"]["multipleOf"] == 64


def test_every_path_is_there_for_its_methods() -> None:
    from drawthings.apps.automatic import routes as automatic
    from drawthings.apps.native import routes as native
    from drawthings.apps.openai import routes as openai

    served: dict[str, set[str]] = {}
    for route in (*native.routes(), *openai.routes(), *automatic.routes()):
        served.setdefault(route.path, set()).update(route.methods or ())
    for path, operations in document()["paths"].items():
        if path.startswith(("/api/", "/v1/", "/sdapi/")):
            known = served.get(path) or served.get(path.replace("{id}", "{id:path}"), set())
            assert {method.upper() for method in operations} <= known, path


@pytest.mark.filterwarnings("ignore::Warning")  # the library's own ways with random numbers
@pytest.mark.timeout(60)
def test_nothing_that_fits_the_document_breaks_the_gateway() -> None:
    options = ServerOptions(tls=False, model_browser=True, sketch=True)
    limits = Limits(pixels=1 << 20, queued=10_000, owner_queued=10_000, grace_s=0.05)
    with EmbeddedServer(options) as server, running(server, limits=limits, heartbeat_after_s=0.2) as gateway:
        schema: Any = schemathesis.openapi.from_url(f"{gateway.url}/openapi.json")
        for operation in schema.get_all_operations():
            found = operation.ok()
            if found.path not in STREAMS:
                _tried(found.as_strategy())


def _tried(cases: Any) -> None:
    from hypothesis import given

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def check(case: Any) -> None:
        case.call_and_validate(excluded_checks=[positive_data_acceptance], timeout=10)

    run: Callable[[], None] = check
    run()
