"""The names of samplers and schedules that clients of the web interface know, and the sampler that is meant.

A name of the web interface does not say how the steps are laid over the noise; a second field does, and here the
model's kind too: rectified-flow models need a trailing schedule, whatever a client has in its settings. Names that
only Draw Things has say everything, and are taken at their word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from drawthings.errors import UnknownChoice
from drawthings.request.choices import Sampler

FIELD = "sampler_name"

AYS, KARRAS, TRAILING = "ays", "karras", "trailing"
SCHEDULES = {
    "alignyoursteps": AYS,
    "ays": AYS,
    "karras": KARRAS,
    "sgmuniform": TRAILING,
    "trailing": TRAILING,
    **dict.fromkeys(("", "automatic", "default", "discrete", "none", "normal", "simple", "uniform"), ""),
    "usesamescheduler": "",
}
"""What a schedule means here, by its name without spaces and signs; empty: what is usual."""


@dataclass(frozen=True, slots=True)
class Variants:
    """One way to step, and the schedules that Draw Things has it with."""

    usual: Sampler
    trailing: Sampler | None = None
    ays: Sampler | None = None
    note: str = ""


FAMILIES = {
    "eulera": Variants(Sampler.EULER_A, Sampler.EULER_A_TRAILING, Sampler.EULER_A_AYS),
    "dpm++2m": Variants(Sampler.DPMPP_2M_KARRAS, Sampler.DPMPP_2M_TRAILING, Sampler.DPMPP_2M_AYS),
    "dpm++sde": Variants(Sampler.DPMPP_SDE_KARRAS, Sampler.DPMPP_SDE_TRAILING, Sampler.DPMPP_SDE_AYS),
    "ddim": Variants(Sampler.DDIM, Sampler.DDIM_TRAILING),
    "plms": Variants(Sampler.PLMS),
    "unipc": Variants(Sampler.UNIPC, Sampler.UNIPC_TRAILING, Sampler.UNIPC_AYS),
    "lcm": Variants(Sampler.LCM),
    "tcd": Variants(Sampler.TCD, Sampler.TCD_TRAILING),
    # Without fresh noise both take the same steps, only written differently.
    "euler": Variants(Sampler.DDIM, Sampler.DDIM_TRAILING, note="Draw Things has Euler's steps under the name DDIM."),
}
"""What the web interface calls samplers, by name without spaces."""


def sampler_for(name: str, schedule: str, *, flow: bool) -> tuple[Sampler, tuple[str, ...]]:
    """Return the sampler that a client means.

    Args:
        name: The sampler's name, in the spelling of the web interface, of stable-diffusion.cpp or of Draw Things.
        schedule: The schedule's name or label; empty when none is given.
        flow: Whether the model is a rectified-flow model.

    Returns:
        The sampler, and sentences about what could not be taken as it was written.

    Raises:
        UnknownChoice: There is none like that; the nearest are in ``suggestions``.
    """
    key, wanted = _key(name), SCHEDULES.get(_key(schedule), schedule)
    if not wanted and key.endswith(KARRAS) and key.removesuffix(KARRAS) in FAMILIES:
        key, wanted = key.removesuffix(KARRAS), KARRAS
    variants = FAMILIES.get(key)
    if variants is None:
        return _by_label(name, wanted)
    found = _variant(variants, wanted, flow=flow)
    notes = [variants.note] if variants.note else []
    if flow and found is variants.trailing and wanted not in {TRAILING, ""}:
        notes.append(f"The schedule {schedule or wanted} is not for flow models; {found.label} is used.")
    elif wanted and found.spacing != wanted:
        notes.append(f"{name} has no schedule {schedule or wanted} here; {found.label} is used.")
    return found, tuple(notes)


def sampler_list() -> list[dict[str, Any]]:
    """Return all samplers as the web interface lists its own."""
    return [{"name": each.label, "aliases": [each.name.lower(), *each.aliases], "options": {}} for each in Sampler]


def scheduler_list() -> list[dict[str, Any]]:
    """Return the schedules that can be chosen beside a sampler."""
    listed = (
        ("automatic", "Automatic", None),
        ("karras", "Karras", None),
        ("sgm_uniform", "SGM Uniform", ["SGMUniform", "trailing"]),
        ("align_your_steps", "Align Your Steps", ["AYS"]),
    )
    return [
        {"name": name, "label": label, "aliases": aliases, "default_rho": -1.0, "need_inner_model": False}
        for name, label, aliases in listed
    ]


def _variant(variants: Variants, wanted: str, *, flow: bool) -> Sampler:
    if wanted == AYS and variants.ays is not None:
        return variants.ays
    if (flow or wanted == TRAILING) and variants.trailing is not None:
        return variants.trailing
    return variants.usual


def _by_label(name: str, wanted: str) -> tuple[Sampler, tuple[str, ...]]:
    try:
        found = Sampler.parse(name, field=FIELD)
    except UnknownChoice as error:
        near = tuple(error.suggestions)
        raise UnknownChoice(
            f"Sampler not found: Draw Things has none like {name!r}.",
            hint=f"Nearest: {', '.join(near)}. GET /sdapi/v1/samplers lists all.",
            field=FIELD,
            value=name,
            suggestions=near,
        ) from None
    if wanted and wanted != found.spacing:
        return found, (f"The sampler {found.label} has its own schedule; {wanted} has no effect.",)
    return found, ()


def _key(name: str) -> str:
    """Return a name without case, spaces and signs; a plus sign counts."""
    return re.sub(r"[^a-z0-9+]", "", name.casefold()).replace("dpmpp", "dpm++")
