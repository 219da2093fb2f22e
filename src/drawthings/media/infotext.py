r"""Settings as one text: how Stable Diffusion's web interfaces write and paste them, and the app's text for people.

Both have the prompt first, then the negative prompt, then one line of names and values::

    a fox <lora:style:0.8>
    Negative prompt: blurry
    Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7, Seed: 1, Size: 512x768, Model: some_model

This module knows the form; ``infowords.py`` knows what the names mean.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

MOST_CHARACTERS = 1 << 20
"""The longest text that is looked at."""
MOST_WORDS = 1000
START = "Steps:"
NEGATIVE = "Negative prompt:"
APP_NAME = "guidance scale"
"""A name that only the app's texts have."""
FEWEST = 2
"""So many names and values make a line of settings; one alone may be a sentence."""
LORA_TAG = re.compile(r"<(?:lora|lyco):([^:<>\n]+)(?::([^:<>\n]*))?(?::[^<>\n]*)?>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Infotext:
    """A text, taken apart.

    Attributes:
        prompt: The prompt, without the tags that name LoRAs.
        negative_prompt: The negative prompt.
        words: Names in lower case, and values, in order.
        tags: LoRAs that the prompt names, each with its weight as written.
        by_app: Whether it has the app's form.
    """

    prompt: str
    negative_prompt: str
    words: dict[str, str]
    tags: tuple[tuple[str, str], ...] = ()
    by_app: bool = False


def parse_infotext(text: str) -> Infotext | None:
    """Take a text apart, or return None when it has no line of settings.

    Args:
        text: The text; line ends may be of any kind. Lines after the settings are ignored.
    """
    lines = text[:MOST_CHARACTERS].replace("\r\n", "\n").replace("\r", "\n").strip().split("\n")
    place = next((n for n in range(len(lines) - 1, -1, -1) if lines[n].lstrip().startswith(START)), None)
    words = {} if place is None else _words(lines[place])
    if place is None or len(words) < FEWEST:
        return None
    by_app = APP_NAME in words
    prompt, negative = _prompts(lines[:place], by_app=by_app)
    tags = tuple((tag[1].strip(), (tag[2] or "").strip()) for tag in LORA_TAG.finditer(prompt))
    if tags:
        prompt = re.sub(r"[ \t]{2,}", " ", LORA_TAG.sub("", prompt)).strip(" ,\n\t")
    return Infotext(prompt, negative, words, tags, by_app)


def _prompts(lines: list[str], *, by_app: bool) -> tuple[str, str]:
    if by_app:
        # A dash at the start of the last line that has one; the line itself may go on.
        starts = [number for number, line in enumerate(lines) if line.startswith("-") and number]
        place, mark = (starts[-1] if starts else None), "-"
    else:
        place, mark = next((n for n, line in enumerate(lines) if line.startswith(NEGATIVE)), None), NEGATIVE
    if place is None:
        return "\n".join(lines).strip(), ""
    negative = "\n".join([lines[place].removeprefix(mark), *lines[place + 1 :]])
    return "\n".join(lines[:place]).strip(), negative.strip()


def _words(line: str) -> dict[str, str]:
    """Split a line at its commas; a value in quotes or brackets is JSON, and one without a name belongs to the last."""
    found: dict[str, str] = {}
    last, place = "", 0
    for _ in range(MOST_WORDS):
        if place >= len(line):
            break
        comma = _up_to(line, ",", place)
        colon = _up_to(line, ":", place)
        if colon >= comma:
            if last:
                found[last] += line[place - 1 : comma]
            place = comma + 1
            continue
        last = line[place:colon].strip().lower()
        start = next((at for at in range(colon + 1, len(line)) if not line[at].isspace()), len(line))
        found[last], end = _quoted(line, start) if line[start : start + 1] in {'"', "[", "{"} else ("", start)
        if end == start:
            end = _up_to(line, ",", start)
            found[last] = line[start:end].strip()
        place = _up_to(line, ",", end) + 1
    return found


def _up_to(line: str, mark: str, start: int) -> int:
    found = line.find(mark, start)
    return len(line) if found < 0 else found


def _quoted(line: str, start: int) -> tuple[str, int]:
    """Return a JSON value as text, and where it ends; its start when it is none."""
    try:
        value, end = json.JSONDecoder().raw_decode(line, start)
    except (ValueError, RecursionError):
        return "", start
    return (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)), end
