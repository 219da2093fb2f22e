"""The reference of the recommended settings, and of the families they are for."""

from __future__ import annotations

from book.markdown import code, prose, table
from drawthings.catalogue.families import FAMILIES
from drawthings.request.recipes import RecipeRow, recipe_rows


def recipes() -> str:
    """Return the whole table of recommended settings, in the order in which it is searched."""
    rows = [
        (
            code(row.name),
            _conditions(row),
            _settings(row),
            prose(row.why),
        )
        for row in recipe_rows()
    ]
    return table(("recipe", "for", "settings", "why"), rows)


def families() -> str:
    """Return the model families."""
    rows = []
    for each in FAMILIES.values():
        made = "pictures" if not each.video else f"clips, {each.fps:g} per second" if each.fps else "clips"
        sound = ", with sound" if each.audio_rate else ""
        rows.append((each.title, code(each.version), f"{each.native_px} px", made + sound, _usual(each.version)))
    return table(("family", "version", "drawn best at", "makes", "recommended"), rows)


def _usual(version: str) -> str:
    """Return the recipe of a plain model of a family."""
    fitting = [row for row in recipe_rows() if version in row.versions]
    plain = [row for row in fitting if not (row.modifiers or row.model or row.lora or row.consistency)]
    chosen = (plain or fitting or [recipe_rows()[-1]])[0]
    return _short(chosen)


def _short(row: RecipeRow) -> str:
    steps, guidance = row.settings.get("steps"), row.settings.get("guidance_scale")
    return f"{steps} steps, guidance {guidance:g}, {row.settings.get('sampler')}"


def _settings(row: RecipeRow) -> str:
    return ", ".join(f"{name} {_value(value)}" for name, value in row.settings.items())


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _conditions(row: RecipeRow) -> str:
    parts = [", ".join(code(name) for name in sorted(row.versions))] if row.versions else []
    if row.modifiers:
        parts.append("conditioned by " + ", ".join(code(name) for name in sorted(row.modifiers)))
    if row.model:
        parts.append("a model called " + code(row.model.pattern))
    if row.lora:
        parts.append("with a LoRA called " + code(row.lora.pattern))
    if row.consistency is not None:
        parts.append("consistency models" if row.consistency else "no consistency models")
    if row.guidance_embed is not None:
        parts.append("guidance as an input" if row.guidance_embed else "no guidance as an input")
    return "; ".join(parts) or "everything else"
