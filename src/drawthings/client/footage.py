"""Before a clip is made: how many frames, by which model, and what cannot be done. Nothing waits here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from drawthings.catalogue.entries import NO_MODIFIER
from drawthings.errors import BadValue, ModelNotFound, OutOfRange
from drawthings.request.note import Note

if TYPE_CHECKING:
    from drawthings.catalogue.catalogue import Catalogue
    from drawthings.catalogue.entries import ModelEntry
    from drawthings.catalogue.families import Family
    from drawthings.request.plan import Plan

OTHER_FPS = 30.0
"""What the app plays families at that it has no figure for. Source: ``ModelZoo.framesPerSecondForModel``."""

AVATAR = "longcat_video_avatar_v1.5"
ANIMATES_ONLY = frozenset({"svd_i2v", AVATAR})
"""Families that cannot do without a picture."""

PREFERRED = ("ltx2.3", "ltx2", "wan_v2.2_5b", "wan_v2.1_14b", "hunyuan_video", "wan_v2.1_1.3b", "svd_i2v")
"""Families for clips, in our own order of judgement: those with sound and few steps first."""

FIRST_FRAMES = frozenset({"inpainting", "kontext"})
"""Modifiers of video models that take a picture as the first frame."""


def fps_of(model: ModelEntry) -> float:
    """Return how many frames of a model's clips are played in a second; the server does not send it."""
    return model.fps or OTHER_FPS


def snap_frames(family: Family, asked: int) -> int:
    """Return the number of frames nearest to the one asked for that a family can draw.

    The server rounds down, so 80 frames would come back as 77; the nearest is 81. Between two the larger counts.

    Args:
        family: The family, which draws 4k+1, 8k+1 or any number of frames.
        asked: How many are wanted.
    """
    step = family.frame_step
    return max(0, (asked - 1 + step // 2) // step) * step + 1 if step > 1 else max(1, asked)


def frames_for(model: ModelEntry, seconds: float, *, fps: float | None = None) -> int:
    """Return how many frames last so long, as near as the model's family can.

    Args:
        model: The model.
        seconds: How long the clip is to last.
        fps: Frames per second at playback, where they are not the model's own.

    Raises:
        OutOfRange: That is no length.
    """
    if not 0 < seconds < float("inf"):
        hint = "Give a number of seconds, for example 5."
        raise OutOfRange(f"A clip cannot last {seconds:g} seconds.", hint=hint, field="seconds", value=seconds)
    asked = max(1, round(seconds * (fps or fps_of(model))))
    return asked if model.family is None else snap_frames(model.family, asked)


def frames_note(model: ModelEntry, asked: int) -> Note | None:
    """Tell that a family cannot draw exactly so many frames, or return None when it can.

    Args:
        model: The model.
        asked: The number of frames in the request.
    """
    family = model.family
    if family is None or not family.video or family.frames(asked) == asked:
        return None
    text = (
        f"num_frames={asked}: {family.title} draws {family.frame_step}k+1 frames; {family.frames(asked)} come back. "
        f"The nearest number is {snap_frames(family, asked)}."
    )
    return Note("frames", "warn", text)


def with_frames(plan: Plan, frames: int) -> Plan:
    """Return a plan with another number of frames, snapped to what the family can draw, and told if it was.

    Args:
        plan: The plan.
        frames: How many frames are wanted.

    Raises:
        OutOfRange: There is no such number of frames.
    """
    family = plan.model.family
    snapped = frames if family is None or frames < 1 else snap_frames(family, frames)
    order = replace(plan.order, configuration=plan.configuration.replace(num_frames=snapped))
    notes = plan.notes
    if snapped != frames and family is not None:
        text = f"{snapped} frames instead of {frames}: {family.title} draws {family.frame_step}k+1."
        notes = (*notes, Note("frames", "note", text))
    return replace(plan, order=order, notes=notes)


def film_model(catalogue: Catalogue, *, image: bool) -> ModelEntry:
    """Choose the model for a clip when none is named.

    Args:
        catalogue: What the server has.
        image: Whether there is a picture to begin with. Models made for that come first then; without one, those that
            need one are left out.

    Returns:
        The best that is installed: one that fits the task, not deprecated, by our own order of families.

    Raises:
        ModelNotFound: The server has no model for that, or does not tell what it has.
    """
    clips = [model for model in catalogue.models if model.video and not model.remote and model.version != AVATAR]
    if image:
        # SVD makes short and small clips; it comes last.
        fitting = [model for model in clips if _begins_with_picture(model)] or clips
    else:
        fitting = [model for model in clips if not _needs_picture(model)]
    if not fitting:
        what = "for clips" if not clips else "that makes a clip without a picture"
        told = "" if catalogue.browsable else " It does not tell what it has; name one."
        raise ModelNotFound(
            f"The server lists no model {what}.{told}",
            hint="Name one with model=… (--model), or give a picture." if clips else "Install one, such as Wan or LTX.",
            suggestions=tuple(model.file for model in clips[:3]),
        )
    return min(fitting, key=_rank)


def check_film(plan: Plan) -> None:
    """Refuse what cannot become a clip, before the server spends minutes on it.

    Raises:
        BadValue: The model makes pictures, or needs what this client cannot give; or several clips are asked for,
            whose frames would run into one another.
    """
    model = plan.model
    if not model.video:
        raise BadValue(
            f"{model.file} makes pictures, no clips.",
            hint="Name a video model (Wan, LTX, Hunyuan, SVD); `drawthings models list` shows them.",
            field="model",
            value=model.file,
        )
    if model.version == AVATAR and not any(hint.kind == "audio" for hint in plan.order.hints):
        raise BadValue(
            f"{model.file} needs speech as the numbers of a Whisper encoder, which this client cannot compute; the "
            "server returns nothing without them.",
            hint="Use the app for avatars, or another video model.",
            field="model",
            value=model.file,
        )
    if plan.configuration.batch_count > 1:
        raise BadValue(
            f"batch_count is {plan.configuration.batch_count}, but one clip is made at a time.",
            hint="Ask again for each clip, with another seed.",
            field="batch_count",
            value=plan.configuration.batch_count,
        )
    if model.version in ANIMATES_ONLY and plan.order.image is None:
        raise BadValue(
            f"{model.file} animates a picture and got none.",
            hint="Give one with image=… (--image).",
            field="image",
        )


def fps_note(model: ModelEntry, fps: float | None) -> Note | None:
    """Warn that a clip with sound is played at another speed than it was made for, or return None."""
    own = fps_of(model)
    if fps is None or fps == own or model.family is None or model.family.audio_rate is None:
        return None
    text = f"fps={fps:g}: the sound is made for {own:g} frames per second and will not fit the pictures."
    return Note("fps", "warn", text)


def _rank(model: ModelEntry) -> tuple[bool, int, int, str]:
    """Order models; of Wan 2.2's two experts the one for low noise only finishes what the other began."""
    version = PREFERRED.index(model.version) if model.version in PREFERRED else len(PREFERRED)
    return model.deprecated, version, _generation(model), model.file


def _generation(model: ModelEntry) -> int:
    if "_lne_" in model.file:
        return 2
    return 0 if "_hne_" in model.file else 1


def _begins_with_picture(model: ModelEntry) -> bool:
    return model.modifier in FIRST_FRAMES or model.version in ANIMATES_ONLY


def _needs_picture(model: ModelEntry) -> bool:
    """LTX carries its modifier only because a picture may be its first frame."""
    return model.version in ANIMATES_ONLY or model.modifier not in {NO_MODIFIER, "kontext"}
