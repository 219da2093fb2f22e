from __future__ import annotations

import jsonschema
import pytest
from openapi_spec_validator import validate

from drawthings.apps.automatic.describe import IMAGE_TO_IMAGE, TEXT_TO_IMAGE, operations, schemas


def test_the_document_is_valid():
    validate(
        {
            "openapi": "3.1.0",
            "info": {"title": "AUTOMATIC1111", "version": "1"},
            "paths": operations(),
            "components": {"schemas": schemas()},
        }
    )


def test_every_operation_has_a_name_of_its_own():
    names = [call["operationId"] for methods in operations().values() for call in methods.values()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("body", "valid"),
    [
        ({"steps": 8, "cfg_scale": "1.5", "enable_hr": None, "width": 512.0, "anything": [1]}, True),
        ({"steps": "many"}, False),
        ({"prompt": 5}, False),
        ({"enable_hr": "perhaps"}, False),
    ],
)
def test_what_the_document_allows_is_what_is_read(body: dict[str, object], valid: bool):
    assert jsonschema.Draft202012Validator(TEXT_TO_IMAGE).is_valid(body) is valid


def test_a_picture_is_needed_to_start_from():
    assert not jsonschema.Draft202012Validator(IMAGE_TO_IMAGE).is_valid({"prompt": "a fox"})
