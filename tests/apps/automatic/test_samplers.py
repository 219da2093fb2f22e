from __future__ import annotations

import pytest

from drawthings.apps.automatic.samplers import sampler_for, sampler_list, scheduler_list
from drawthings.errors import UnknownChoice
from drawthings.request.choices import Sampler

MEANT = [
    ("Euler a", "", "Euler Ancestral", "Euler A Trailing"),
    ("Euler a", "automatic", "Euler Ancestral", "Euler A Trailing"),
    ("Euler a", "Align Your Steps", "Euler A AYS", "Euler A AYS"),
    ("euler_a", "discrete", "Euler Ancestral", "Euler A Trailing"),
    ("DPM++ 2M", "", "DPM++ 2M Karras", "DPM++ 2M Trailing"),
    ("DPM++ 2M", "Karras", "DPM++ 2M Karras", "DPM++ 2M Trailing"),
    ("DPM++ 2M Karras", "", "DPM++ 2M Karras", "DPM++ 2M Trailing"),
    ("DPM++ 2M", "sgm_uniform", "DPM++ 2M Trailing", "DPM++ 2M Trailing"),
    ("DPM++ 2M", "SGM Uniform", "DPM++ 2M Trailing", "DPM++ 2M Trailing"),
    ("dpm++2m", "karras", "DPM++ 2M Karras", "DPM++ 2M Trailing"),
    ("DPM++ 2M", "ays", "DPM++ 2M AYS", "DPM++ 2M AYS"),
    ("DPM++ SDE", "karras", "DPM++ SDE Karras", "DPM++ SDE Trailing"),
    ("DDIM", "", "DDIM", "DDIM Trailing"),
    ("ddim_trailing", "", "DDIM Trailing", "DDIM Trailing"),
    ("PLMS", "", "PLMS", "PLMS"),
    ("UniPC", "", "UniPC", "UniPC Trailing"),
    ("LCM", "", "LCM", "LCM"),
    ("tcd", "", "TCD", "TCD Trailing"),
    ("Euler", "", "DDIM", "DDIM Trailing"),
    ("Euler A Substep", "", "Euler A Substep", "Euler A Substep"),
    ("Euler Ancestral", "", "Euler Ancestral", "Euler Ancestral"),
    ("UniPC AYS", "karras", "UniPC AYS", "UniPC AYS"),
]


@pytest.mark.parametrize(("name", "schedule", "usual", "flow"), MEANT)
def test_a_name_means_a_sampler_by_the_kind_of_model(name: str, schedule: str, usual: str, flow: str):
    assert sampler_for(name, schedule, flow=False)[0].label == usual
    assert sampler_for(name, schedule, flow=True)[0].label == flow


@pytest.mark.parametrize("sampler", Sampler, ids=lambda each: each.label)
def test_every_name_that_is_listed_can_be_asked_for(sampler: Sampler):
    found, notes = sampler_for(sampler.label, "automatic", flow=False)
    assert (found, notes) == (sampler, ())


def test_every_schedule_that_is_listed_is_known():
    assert [sampler_for("DPM++ 2M", each["name"], flow=False)[1] for each in scheduler_list()] == [()] * 4
    assert [sampler_for("DPM++ 2M", each["label"], flow=False)[1] for each in scheduler_list()] == [()] * 4


@pytest.mark.parametrize(
    ("name", "schedule", "flow", "note"),
    [
        ("Euler a", "karras", False, "Euler a has no schedule karras here; Euler Ancestral is used."),
        ("Euler a", "exponential", False, "Euler a has no schedule exponential here"),
        ("DPM++ 2M", "Karras", True, "The schedule Karras is not for flow models; DPM++ 2M Trailing is used."),
        ("Euler", "", False, "under the name DDIM"),
        ("UniPC AYS", "karras", False, "UniPC AYS has its own schedule; karras has no effect."),
    ],
)
def test_what_cannot_be_taken_as_written_is_told(name: str, schedule: str, flow: bool, note: str):
    assert note in " ".join(sampler_for(name, schedule, flow=flow)[1])


@pytest.mark.parametrize("name", ["Heun", "DPM2", "dpm++2mv2", "DPM fast", "k_dpmpp_sde", "?"])
def test_an_unknown_name_is_refused_with_near_ones(name: str):
    with pytest.raises(UnknownChoice, match="Sampler not found") as refused:
        sampler_for(name, "", flow=False)
    assert refused.value.field == "sampler_name"
    assert len(refused.value.suggestions) == 3


def test_the_lists_have_the_keys_that_clients_read():
    assert all(each.keys() == {"name", "aliases", "options"} for each in sampler_list())
    assert "Euler a" in next(each for each in sampler_list() if each["name"] == "Euler Ancestral")["aliases"]
    assert scheduler_list()[0]["name"] == "automatic"
