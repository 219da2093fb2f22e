from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from drawthings.apps.automatic.progress import idle, progress

if TYPE_CHECKING:
    from collections.abc import Callable


def test_when_nothing_is_under_way_it_is_exactly_nothing():
    told = idle()
    assert (told["progress"], told["state"]["job_count"], told["current_image"]) == (0.0, 0, None)


@pytest.mark.parametrize(
    ("facts", "share", "words"),
    [
        ({"state": "queued", "position": 1, "wait_s": 7.0}, 0.01, "Next in line."),
        ({"state": "queued", "position": 3}, 0.01, "Number 3 in line."),
        ({"state": "starting"}, 0.01, "The server loads the model or reads the prompt."),
        ({"progress": 0.5, "step": 2, "steps": 4}, 0.5, "Step 2 of 4."),
        ({"state": "decoding", "progress": 1.0}, 0.999, "Working."),
    ],
)
def test_a_job_is_never_taken_for_idle(facts: dict[str, Any], share: float, words: str, job: Callable[..., Any]):
    told = progress(job(**facts)[1])
    assert (told["progress"], told["textinfo"], told["state"]["job_count"]) == (share, words, 1)
    assert told["eta_relative"] == 7.0 if "wait_s" in facts else told["eta_relative"] > 0


def test_which_of_several_pictures_it_is_and_how_it_looks(job: Callable[..., Any]):
    asked, running = job({"batch_size": 3}, made=1, progress=0.4)
    told = progress(running, task="mine", preview=b"\xff\xd8")
    assert (told["state"]["job_no"], told["state"]["job_count"]) == (1, len(asked.draft.seeds))
    assert (told["current_task"], base64.b64decode(told["current_image"])) == ("mine", b"\xff\xd8")
    assert progress(running)["current_task"] == told["state"]["job"] == "abc"
