"""LiteLLM against a gateway; run by ``images.py`` in an environment of its own, with the address of the gateway."""

from __future__ import annotations

import base64
import io
import json
import os
import struct
import sys
from typing import TYPE_CHECKING

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else it looks for a newer one in the net

import litellm

if TYPE_CHECKING:
    from collections.abc import Callable

MODEL = "openai/sd_v1.5_f16.ckpt"
EDITOR = "openai/qwen_image_edit_2511_q6p.ckpt"
HOW = {"api_base": f"{sys.argv[1]}/v1", "api_key": "unused"}


def size(text: str) -> tuple[int, int]:
    """Return the size of a PNG."""
    data = base64.b64decode(text)
    assert data[1:4] == b"PNG"
    return struct.unpack(">II", data[16:24])


def two_pictures_with_settings_of_our_own() -> None:
    """Extra parameters reach a model that LiteLLM does not know."""
    answer = litellm.image_generation(
        prompt="a red fox", model=MODEL, n=2, size="256x256", seed=5, negative_prompt="rain", steps=2, **HOW
    )
    assert [size(each.b64_json) for each in answer.data] == [(256, 256)] * 2


def an_edit_of_several_pictures() -> None:
    """Pictures go as a list."""
    made = litellm.image_generation(prompt="a red fox", model=MODEL, size="256x256", steps=2, **HOW)
    files = []
    for _ in range(2):
        files.append(io.BytesIO(base64.b64decode(made.data[0].b64_json)))
        files[-1].name = "image.png"
    answer = litellm.image_edit(image=files, prompt="both", model=EDITOR, size="256x256", **HOW)
    assert size(answer.data[0].b64_json) == (256, 256)


def refusal(kind: type[Exception], **asked: object) -> str:
    """Return what LiteLLM says of a request that must be refused."""
    told = ""
    try:
        litellm.image_generation(prompt="x", num_retries=0, **asked, **HOW)
    except kind as error:
        told = str(error)
    return told


def a_wrong_value_is_a_bad_request() -> None:
    """The sentence arrives."""
    assert "n is 20" in refusal(litellm.BadRequestError, model=MODEL, n=20)


def an_unknown_model_is_not_found() -> None:
    """The sentence arrives."""
    assert "none_such" in refusal(litellm.NotFoundError, model="openai/none_such.ckpt")


def main() -> None:
    """Run all checks; each prints one line of JSON."""
    checks: tuple[Callable[[], None], ...] = (
        two_pictures_with_settings_of_our_own,
        an_edit_of_several_pictures,
        a_wrong_value_is_a_bad_request,
        an_unknown_model_is_not_found,
    )
    for check in checks:
        trouble = ""
        try:
            check()
        except Exception as error:  # noqa: BLE001 - the others are to run as well
            trouble = f"{type(error).__name__}: {error}"[:500]
        name = f"LiteLLM: {check.__name__.replace('_', ' ')}"
        print(json.dumps({"name": name, "passed": not trouble, "trouble": trouble}))


if __name__ == "__main__":
    main()
