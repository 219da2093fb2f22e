from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from drawthings.apps.automatic import options as module
from drawthings.apps.automatic.options import Options
from drawthings.errors import BadValue, DrawThingsError, ModelNotFound

if TYPE_CHECKING:
    from drawthings.catalogue.catalogue import Catalogue

MODEL = "sd_model_checkpoint"


def test_what_is_shown_may_be_sent_back_whole(catalogue: Catalogue):
    options = Options()
    shown = options.shown("me", "sd_v1.5_f16.ckpt")
    options.take("me", shown, catalogue)
    assert options.shown("me", "other.ckpt") == shown
    assert "forge_preset" not in shown


def test_each_owner_has_their_own(catalogue: Catalogue):
    options = Options()
    options.take("me", {MODEL: "FLUX.1 [schnell]"}, catalogue)
    assert options.shown("me", "x")[MODEL] == "flux_1_schnell_q8p.ckpt"
    assert options.shown("you", "x")[MODEL] == "x"
    assert options.chosen("you") == {}


def test_a_part_leaves_the_rest_and_what_is_unknown_is_passed_over(catalogue: Catalogue):
    options = Options()
    options.take("me", {MODEL: "sd_v1.5_f16", "samples_format": "JPG"}, catalogue)
    options.take("me", {"CLIP_stop_at_last_layers": 2, "unheard_of": 1, MODEL: ""}, catalogue)
    assert options.chosen("me") == {MODEL: "sd_v1.5_f16.ckpt", "samples_format": "jpg", "CLIP_stop_at_last_layers": 2}


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({MODEL: "no such model"}, ModelNotFound),
        ({MODEL: 5}, BadValue),
        ({"samples_format": "bmp"}, BadValue),
        ({"CLIP_stop_at_last_layers": "two"}, BadValue),
        ({"CLIP_stop_at_last_layers": 99}, BadValue),
    ],
)
def test_what_makes_no_sense_changes_nothing(given: dict[str, Any], error: type, catalogue: Catalogue):
    options = Options()
    with pytest.raises(error) as refused:
        options.take("me", {"samples_format": "png", **given}, catalogue)
    assert isinstance(refused.value, DrawThingsError)
    assert options.chosen("me") == {}


def test_who_was_away_the_longest_is_forgotten(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MOST_OWNERS", 2)
    options = Options()
    for owner in ("a", "b", "a", "c"):
        options.take(owner, {"samples_format": "webp"}, catalogue)
    assert [bool(options.chosen(owner)) for owner in "abc"] == [True, False, True]
