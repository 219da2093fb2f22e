"""What a client asks for, in the one form that every dialect is brought to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drawthings.request.configuration import Configuration

Verb: TypeAlias = Literal["generate", "edit", "inpaint", "outpaint", "upscale", "video"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One job as it is asked for.

    Attributes:
        verb: What is done.
        prompt: What the picture shows, or what is to change.
        wanted: The keyword arguments of the pool's method of that name beyond the prompt. Pictures are bytes that were
            looked at already, or Pillow images.
        configuration: All settings at once, or None.
        seeds: One generation for each; without any there is one, whose seed is in ``wanted`` or random.
        cells: Further keyword arguments, one generation for each of them and each seed; for grids.
        previews: Whether somebody may want to see previews.
        fingerprint: Two drafts of one owner with the same one are the same job.
        attach: Whether this may be a request that was sent before, so that a job with its fingerprint is taken.
        outlives: Whether it goes on when nobody watches.
        dialect: Who asks: ``openai``, ``automatic``, ``native`` or ``mcp``.
        notes: What was accepted and has no effect.
    """

    verb: Verb
    prompt: str = ""
    wanted: Mapping[str, Any] = field(default_factory=dict, repr=False)
    configuration: Configuration | None = None
    seeds: tuple[int, ...] = ()
    cells: tuple[Mapping[str, Any], ...] = ()
    previews: bool = True
    fingerprint: str = ""
    attach: bool = False
    outlives: bool = False
    dialect: str = "native"
    notes: tuple[str, ...] = ()
