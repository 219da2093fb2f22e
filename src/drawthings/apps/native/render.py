"""Jobs, pictures, servers and models as the JSON of the gateway's own API."""

from __future__ import annotations

import json
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import drawthings
from drawthings.apps.http.failure import failure_of
from drawthings.apps.http.links import file_path
from drawthings.apps.native.failing import told
from drawthings.request.choices import Choice
from drawthings.request.configuration import DEFAULTS, Configuration
from drawthings.request.fields import BY_NAME
from drawthings.request.fields_core import CORE
from drawthings.request.fields_family import FAMILY
from drawthings.request.parts import Control, Lora
from drawthings.request.recipes import recipe_for

if TYPE_CHECKING:
    from drawthings.apps.http.settings import GatewaySettings
    from drawthings.apps.jobs.core import Jobs
    from drawthings.apps.jobs.job import Job
    from drawthings.apps.jobs.store import Store, Stored
    from drawthings.batch.standing import ServerStatus
    from drawthings.catalogue.catalogue import Catalogue
    from drawthings.catalogue.entries import ModelEntry
    from drawthings.request.field import Field
    from drawthings.request.note import Note
    from drawthings.request.plan import Plan

FEW_STEPS = 8
ALWAYS = frozenset({"width", "height", "steps", "guidance_scale", "sampler", "model", "seed", "strength"})
"""Settings that are told of every picture, whether or not they are what they are by default."""


def plain(value: object) -> Any:  # noqa: ANN401 - what JSON can hold
    """Return the value of a setting as JSON can hold it."""
    if isinstance(value, Choice):
        return value.label or value.name.lower()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Lora):
        return {"file": value.file, "weight": value.weight, "mode": plain(value.mode)}
    if isinstance(value, Control):
        return value.to_json()
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    return value


def settings_of(configuration: Configuration) -> dict[str, Any]:
    """Return the settings that matter: all that are not what they are by default, and a few always."""
    every = configuration.to_dict()
    kept = {name: value for name, value in every.items() if name in ALWAYS or value != DEFAULTS.get(name)}
    return {name: plain(value) for name, value in kept.items()}


@lru_cache(maxsize=2048)
def _settings(configuration: str) -> dict[str, Any]:
    """Return the settings of a stored picture; a page is told of the same ones after every step of a job."""
    return settings_of(Configuration.from_json(json.loads(configuration)))


def job(it: Job, store: Store) -> dict[str, Any]:
    """Return a job."""
    pictures = [store.get(made.id) for made in it.made]
    failure = None if it.error is None or it.state == "cancelled" else failure_of(it.error)
    return {
        "id": it.id,
        "state": it.state,
        "position": it.position,
        "wait_s": it.wait_s,
        "verb": it.draft.verb,
        "prompt": it.draft.prompt,
        "model": it.model,
        "server": it.server,
        "step": it.step,
        "steps": it.steps,
        "progress": round(it.progress, 4),
        "created": it.created,
        "started": it.started,
        "ended": it.ended_at,
        "warnings": list(it.warnings),
        "notes": list(it.draft.notes),
        "reason": it.reason,
        "error": None if failure is None else told(failure),
        "pictures": [picture(each) for each in pictures if each is not None],
    }


def picture(it: Stored) -> dict[str, Any]:
    """Return a picture or clip of the gallery."""
    facts = dict(it.facts)
    configuration = facts.get("configuration", {})
    return {
        "id": it.id,
        "job": it.job,
        "index": facts.get("index", 0),
        "kind": facts.get("kind", "image"),
        "verb": facts.get("verb", "generate"),
        "seed": facts.get("seed", 0),
        "width": facts.get("width", 0),
        "height": facts.get("height", 0),
        "url": file_path(it.id, it.media_type),
        "thumbnail": f"/api/pictures/{it.id}/thumbnail",
        "media_type": it.media_type,
        "bytes": it.size,
        "prompt": facts.get("prompt", ""),
        "negative_prompt": facts.get("negative_prompt", ""),
        "model": facts.get("model", ""),
        "settings": dict(_settings(json.dumps(configuration))),
        "configuration": configuration,
        "created": it.created,
        "starred": it.starred,
    }


def state(jobs: Jobs, settings: GatewaySettings, default_model: str | None, *, ready: bool) -> dict[str, Any]:
    """Return how the gateway is."""
    limits = jobs.limits
    return {
        "version": drawthings.__version__,
        "servers": [server(status) for status in jobs.servers()],
        "queue": jobs.queue_length(),
        "models_ready": ready,
        "default_model": default_model,
        "limits": {
            "queued": limits.queued,
            "owner_queued": limits.owner_queued,
            "pictures": limits.pictures,
            "cells": limits.cells,
            "megapixels": limits.pixels / 1e6,
            "deadline_s": limits.deadline_s,
            "body_bytes": settings.json_bytes,
        },
        "key_needed": bool(settings.keys),
        "closing": jobs.closing,
    }


def server(status: ServerStatus) -> dict[str, Any]:
    """Return one server; what others ask for is not told, only that it works."""
    return {
        "server": status.server,
        "state": status.state,
        "job": status.job,
        "model": status.model,
        "step": status.step,
        "steps": status.steps,
        "progress": round(status.progress, 3),
        "trouble": status.trouble,
    }


def models(catalogue: Catalogue) -> dict[str, Any]:
    """Return what the servers have."""
    return {
        "models": [model(entry) for entry in catalogue.models],
        "loras": [
            {
                "file": entry.file,
                "name": entry.name,
                "family": entry.version,
                "weight": entry.recommended_weight,
                "prefix": entry.facts.text("prefix"),
            }
            for entry in catalogue.loras
        ],
        "controls": [
            {"file": entry.file, "name": entry.name, "family": entry.version, "type": entry.control_type}
            for entry in catalogue.controls
        ],
        "upscalers": [
            {"file": entry.file, "name": entry.name, "factor": entry.scale_factor} for entry in catalogue.upscalers
        ],
        "embeddings": [
            {"file": entry.file, "name": entry.name, "family": entry.version, "keyword": entry.keyword}
            for entry in catalogue.embeddings
        ],
    }


def model(entry: ModelEntry) -> dict[str, Any]:
    """Return a model with its recommended settings."""
    recipe = recipe_for(entry)
    settings = {name: plain(value) for name, value in dict(recipe.settings).items()}
    family = entry.family
    cannot = [name for name, can in (("edit", entry.edits), ("inpaint", entry.inpaints)) if not can]
    return {
        "file": entry.file,
        "name": entry.name,
        "family": entry.version,
        "title": family.title if family else entry.version,
        "kind": "video" if entry.video else "edit" if entry.edit_only else "image",
        "native": [recipe.native_px, recipe.native_px],
        "video": entry.video,
        "edit": entry.edits,
        "inpaint": entry.inpaints,
        "few_steps": int(settings.get("steps") or 20) <= FEW_STEPS,
        "recipe": settings,
        "why": recipe.why,
        "cannot": cannot,
    }


def field(it: Field) -> dict[str, Any]:
    """Return a row of the table of settings."""
    group = "core" if it in CORE else "family" if it in FAMILY else "technique"
    return {
        "name": it.name,
        "group": group,
        "kind": it.kind.value,
        "minimum": it.minimum,
        "maximum": it.maximum,
        "step": it.step if it.kind.value == "integer" else None,
        "unit": it.unit.value,
        "default": plain(DEFAULTS.get(it.name or "")),
        "choices": None if it.choices is None else list(it.choices.labels()),
        "allowed": list(it.allowed) if it.allowed else None,
        "help": it.doc,
    }


def fields() -> list[dict[str, Any]]:
    """Return the table of settings."""
    return [field(it) for it in BY_NAME.values()]


def plan(it: Plan) -> dict[str, Any]:
    """Return what was decided for a generation."""
    return {**settings_of(it.configuration), "model": it.model.file, "notes": [note.text for note in it.notes]}


def warning(note: Note) -> dict[str, Any]:
    """Return a note of the plan as trouble that the page shows."""
    return {"code": note.code, "message": note.text, "field": note.field}
