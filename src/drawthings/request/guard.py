"""The guard: a request is checked against what the server is known to do with it, before anything is sent.

One rule is one small function in the ``guard_*.py`` beside this file; ``guard_codes.py`` lists what they can find.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from drawthings.catalogue.entries import ControlEntry, LoraEntry
from drawthings.request import guard_files, guard_hints, guard_pictures, guard_sampling, guard_settings
from drawthings.request.guard_codes import CODES, Finding, Severity
from drawthings.request.guard_situation import Situation
from drawthings.request.note import Note

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drawthings.catalogue.catalogue import Catalogue
    from drawthings.errors import DrawThingsError
    from drawthings.request.build import Order

__all__ = ["CODES", "Finding", "Severity", "files_in_question", "inspect", "notes", "refusal"]

RULES = (
    *(*guard_files.RULES, *guard_pictures.RULES, *guard_hints.RULES, *guard_sampling.RULES),
    *guard_settings.RULES,
)
_GRAVITY: Mapping[Severity, int] = {"refuse": 0, "warn": 1, "note": 2}
EXPERT = "check=False (--force) sends it all the same."


def inspect(order: Order, catalogue: Catalogue, *, files: Mapping[str, bool] | None = None) -> tuple[Finding, ...]:
    """Check a request, whoever made it.

    Args:
        order: What would be sent.
        catalogue: What the server listed.
        files: Which of the files the server has, as far as it was asked; see ``files_in_question``. Where it was not
            asked, its list counts, and where it lists nothing, files get the benefit of the doubt.

    Returns:
        The findings, gravest first. What would be refused because of what a model is, is only a warning where that is
        guessed from the file name.
    """
    situation = Situation(order, catalogue, dict(files or {}))
    findings = [finding for rule in RULES for finding in rule(situation)]
    if situation.guessed:
        findings = [replace(each, severity="warn") if _doubtful(each) else each for each in findings]
    return tuple(sorted(dict.fromkeys(findings), key=lambda finding: _GRAVITY[finding.severity]))


def files_in_question(order: Order, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the files that the server should be asked about: what the request names, and the parts of that."""
    situation = Situation(order, catalogue)
    settings = situation.settings
    names = [settings.model, settings.refiner_model, settings.upscaler, settings.face_restoration]
    for model in (situation.model, situation.refiner):
        names += model.required_files if model else ()
    for lora in settings.loras:
        lora_entry = situation.entry(LoraEntry, lora.file)
        names += [lora.file, *(lora_entry.required_files if lora_entry else ())]
    for control in settings.controls:
        control_entry = situation.entry(ControlEntry, control.file)
        names += [control.file, *(control_entry.required_files if control_entry else ())]
    return tuple(dict.fromkeys(name for name in names if name))


def notes(findings: Sequence[Finding]) -> tuple[Note, ...]:
    """Return findings as notes of a plan; one that was not heeded is a warning."""
    return tuple(
        Note(each.code, "note" if each.severity == "note" else "warn", str(each), CODES[each.code].field)
        for each in findings
    )


def refusal(findings: Sequence[Finding]) -> DrawThingsError | None:
    """Return the error for findings that should keep a request from being sent, or None when there is none.

    Returns:
        The error of the first of them, with its fix as hint, the setting to look at in ``error.field``, and all of
        them in ``error.findings``.
    """
    refused = tuple(finding for finding in findings if finding.severity == "refuse")
    if not refused:
        return None
    first, more = refused[0], len(refused) - 1
    others = f" There {'is' if more == 1 else 'are'} {more} more; `drawthings check` lists them." if more else ""
    code = CODES[first.code]
    return code.error(first.text, hint=f"{first.fix} {EXPERT}{others}", field=code.field, findings=refused)


def _doubtful(finding: Finding) -> bool:
    return finding.severity == "refuse" and CODES[finding.code].by_model
