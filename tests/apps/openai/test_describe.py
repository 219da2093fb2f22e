from __future__ import annotations

import re
from typing import get_type_hints

from openai.types import image_edit_params, image_generate_params

from drawthings.apps.openai import describe
from drawthings.apps.openai.routes import routes
from drawthings.request.fields import BY_NAME

HEAD_TOO = {"HEAD"}


def schema(path: str) -> dict[str, object]:
    body = describe.operations()[path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    return dict(body["properties"])


def test_every_route_is_described_and_every_description_has_a_route() -> None:
    there = {
        (re.sub(r":[a-z]+}", "}", route.path), method.lower())
        for route in routes()
        for method in (route.methods or set()) - HEAD_TOO
    }
    told = {(path, method) for path, found in describe.operations().items() for method in found}
    assert there == told


def test_every_parameter_of_the_package_and_every_field_is_described() -> None:
    refused_or_in_headers = {"svg"}
    generate = set(get_type_hints(image_generate_params.ImageGenerateParamsBase)) | {"stream"}
    edit = set(get_type_hints(image_edit_params.ImageEditParamsBase)) | {"stream"}
    assert generate - refused_or_in_headers <= set(schema("/v1/images/generations"))
    assert edit - refused_or_in_headers <= set(schema("/v1/images/edits"))
    assert set(BY_NAME) - {"id", "name"} <= set(schema("/v1/images/generations")) | {"width", "height"}


def test_ranges_are_those_of_the_table() -> None:
    steps = describe.setting(BY_NAME["steps"])
    assert (steps["minimum"], steps["maximum"]) == (BY_NAME["steps"].minimum, BY_NAME["steps"].maximum)
    assert describe.setting(BY_NAME["seed"])["minimum"] == -1
