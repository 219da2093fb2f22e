"""A prompt becomes a brief: what to draw, where, when, in which colours and which manner."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache

from drawthings.server.painter import vocabulary
from drawthings.server.painter.colour import Colour, ink
from drawthings.server.painter.noise import key_of

LONGEST_PHRASE = 4
REACH = 2
"""A colour belongs to a subject at most this many meaningful words after it."""

Meaning = tuple[str, str]
"""A table and an entry of it, for example ``("place", "forest")``."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing that the prompt wants to see.

    Args:
        name: The drawing, for example ``"fox"``.
        word: The word used, which makes a puppy differ from a dog.
        colour: The colour named for it, if any.
        count: How many.
        known: Whether the prompt says "the", as of something that is there already.
    """

    name: str
    word: str
    colour: Colour | None = None
    count: int = 1
    known: bool = False


@dataclass(frozen=True, slots=True)
class Brief:
    """What the painter understood of a prompt and its negative prompt.

    Args:
        hour: Entry of ``light.HOURS``.
        place: Entry of ``vocabulary.PLACES``; chosen when the prompt names none.
        wishes: Things to draw, the most important first.
        weather: Any of rain, snow, fog, storm, clear.
        season: spring, summer, autumn or winter.
        accents: Small extras, entries of ``vocabulary.ACCENTS``.
        styles: Manners of painting.
        moods: Entries of ``vocabulary.MOODS``.
        tints: Colours that belong to no thing and therefore to the whole picture.
        avoided: Colours that the negative prompt names.
        flaws: Flaws that the negative prompt names; the picture avoids them harder.
        strange: Words nobody knows, in order; they become ornament and palette.
        removed: What the prompt itself wants taken away ("remove the …", "without …"), known or not.
        text: The prompt as it came.
        key: Number that names the whole text, negative prompt included.
        named: The tables the prompt itself spoke to (place, hour …), as against those filled by chance.
    """

    hour: str
    place: str
    wishes: tuple[Wish, ...]
    weather: tuple[str, ...]
    season: str
    accents: tuple[str, ...]
    styles: tuple[str, ...]
    moods: tuple[str, ...]
    tints: tuple[Colour, ...]
    avoided: tuple[Colour, ...]
    flaws: tuple[str, ...]
    strange: tuple[str, ...]
    removed: tuple[str, ...]
    text: str
    key: int
    named: frozenset[str]


@lru_cache(maxsize=1)
def lexicon() -> dict[str, tuple[Meaning, ...]]:
    """Return every known word and phrase with what it means, in all tables."""
    tables = {
        "hour": vocabulary.HOURS,
        "weather": vocabulary.WEATHER,
        "season": vocabulary.SEASONS,
        "place": vocabulary.PLACES,
        "subject": vocabulary.SUBJECTS,
        "accent": vocabulary.ACCENTS,
        "colour": vocabulary.COLOURS,
        "style": vocabulary.STYLES,
        "mood": vocabulary.MOODS,
        "flaw": vocabulary.FLAWS,
        "number": vocabulary.NUMBERS,
    }
    found: dict[str, tuple[Meaning, ...]] = {}
    for kind, table in tables.items():
        for entry, words in table.items():
            for word in words.split("|"):
                found[word.strip()] = (*found.get(word.strip(), ()), (kind, entry))
    return found


def tokens(text: str) -> list[str]:
    """Cut a text into lower-case words; a run of CJK letters is one word."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return re.findall(r"[^\W_]+", plain)


def _singulars(word: str) -> tuple[str, ...]:
    """Return the word and what it may be the plural of."""
    forms = [word]
    for ending, instead in (("ies", "y"), ("ves", "f"), ("es", ""), ("s", "")):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            forms.append(word.removesuffix(ending) + instead)
    return tuple(forms)


@lru_cache(maxsize=512)
def understand(text: str) -> tuple[tuple[str, tuple[Meaning, ...]], ...]:
    """Cut a text into known phrases and single unknown words.

    Returns:
        Pairs of the words used and their meanings (none for an unknown word).
    """
    words = tokens(text)
    known = lexicon()
    found: list[tuple[str, tuple[Meaning, ...]]] = []
    at = 0
    while at < len(words):
        for length in range(min(LONGEST_PHRASE, len(words) - at), 0, -1):
            start, last = words[at : at + length - 1], words[at + length - 1]
            phrases = [" ".join([*start, form]) for form in _singulars(last)]
            hit = next((phrase for phrase in phrases if phrase in known), None)
            if hit is not None:
                found.append((hit, known[hit]))
                at += length
                break
        else:
            found.append((words[at], ()))
            at += 1
    return tuple(found)


_ARTICLES = frozenset(("a", "an", "the", "and", "with"))
"""Words that begin another thing, so that a colour after them does not belong to the thing before."""


class _Reader:
    """Collects the meanings of a prompt word by word."""

    def __init__(self) -> None:
        self.entries: dict[str, list[str]] = {}
        self.wishes: list[Wish] = []
        self.tints: list[Colour] = []
        self.strange: list[str] = []
        self.unwanted: set[Meaning] = set()
        self.removed: list[str] = []
        self._colour: tuple[Colour, int] | None = None
        self._count = 1
        self._without = False
        self._before = ""
        self._the = False
        self._after_thing = False
        self._beside = False

    def read(self, text: str) -> None:
        """Take in a whole text."""
        for word, meanings in understand(text):
            # "Picture 2" names a reference and asks for no pair of things.
            if not (word.isdigit() and self._before in vocabulary.PICTURES):
                self._take(word, meanings)
            self._before = word
            self._the = word in {"the", "this", "its"} or (self._the and word not in {"a", "an", "into", "with"})
        self._drop_colour()

    def _take(self, word: str, meanings: tuple[Meaning, ...]) -> None:
        """Take in one word or phrase."""
        if word in vocabulary.WITHOUT:
            self._without = True
        elif self._without and (meanings or word not in vocabulary.FILLERS or word == "background"):
            self.unwanted.update(meanings)
            self.removed.append(word)
            self._without = False
        elif meanings:
            self._keep(word, meanings)
        elif word in _ARTICLES:
            self._after_thing = False
        elif word not in vocabulary.FILLERS:
            self.strange.append(word)
            self._after_thing = False
            self._age_colour()

    def _keep(self, word: str, meanings: tuple[Meaning, ...]) -> None:
        """Remember what a known word means."""
        for kind, entry in meanings:
            if kind == "colour":
                self._drop_colour()
                self._colour = (ink(entry), REACH)
                self._beside = self._after_thing
            elif kind == "number":
                self._count = int(entry)
            elif kind == "subject":
                colour = self._colour[0] if self._colour else None
                self.wishes.append(Wish(entry, word, colour, self._count, self._the))
                self._colour, self._count, self._the = None, 1, False
            elif entry not in self.entries.setdefault(kind, []):
                self.entries[kind].append(entry)
        kinds = {kind for kind, _ in meanings}
        self._after_thing = "subject" in kinds
        if not kinds & {"colour", "subject"}:
            self._age_colour()

    def _age_colour(self) -> None:
        """Let a colour wait one word less for the thing it belongs to."""
        if self._colour is not None:
            colour, left = self._colour
            self._colour = (colour, left - 1)
            if left <= 1:
                self._drop_colour()

    def _drop_colour(self) -> None:
        """Give a colour that found no thing to the known thing right before it, else to the whole picture."""
        if self._colour is not None:
            if self._beside and self.wishes and self.wishes[-1].known and self.wishes[-1].colour is None:
                self.wishes[-1] = replace(self.wishes[-1], colour=self._colour[0])
            else:
                self.tints.append(self._colour[0])
            self._colour = None


_FRAMES = frozenset(("portrait", "headshot", "selfie", "face", "model"))
"""Words that ask for a portrait of whoever else is named."""


def _settled(wishes: list[Wish]) -> list[Wish]:
    """Return the wishes without doubles: "portrait of a queen" is one person, "portrait of a fox" a fox."""
    others = [wish for wish in wishes if wish.word not in _FRAMES]
    kept = others or wishes
    if len(kept) < len(wishes):
        kept = [replace(wish, name="portrait") if wish.name == "person" else wish for wish in kept]
    single: list[Wish] = []
    for wish in kept:
        twin = next((n for n, other in enumerate(single) if other.name == wish.name), None)
        if twin is None or wish.count > 1 or (wish.colour is not None and single[twin].colour is not None):
            single.append(wish)
        elif single[twin].word == wish.name:
            # "a cup of tea" is one cup, and the more telling word says what is in it.
            single[twin] = replace(single[twin], word=wish.word, colour=single[twin].colour or wish.colour)
    return single


_PLACE_ORDER = (
    "space", "underwater", "lake", "beach", "desert", "city", "forest", "garden", "sea", "studio", "mountains",
    "field", "hills",
)  # fmt: skip
"""Which of several places is painted; the others are often part of it, as mountains are of a mountain lake."""

_ANY_PLACE = ("hills", "lake", "mountains", "field", "sea", "forest", "garden", "hills", "lake", "desert")
_ANY_HOUR = ("day", "golden", "dawn", "sunset", "day", "golden", "dusk", "day")


def read_prompt(prompt: str, negative_prompt: str = "") -> Brief:
    """Understand a prompt.

    Args:
        prompt: What the picture should show.
        negative_prompt: What it should not show: known words are taken out, colours avoided, flaws countered, and
            unknown words still move the details.
    """
    reader = _Reader()
    reader.read(prompt)
    against = [meaning for _, meanings in understand(negative_prompt) for meaning in meanings]
    unwanted = reader.unwanted | set(against)
    kept = {
        kind: tuple(entry for entry in entries if (kind, entry) not in unwanted)
        for kind, entries in reader.entries.items()
    }
    wishes = tuple(wish for wish in _settled(reader.wishes) if ("subject", wish.name) not in unwanted)
    key = key_of("text", *tokens(prompt), "-", *tokens(negative_prompt))
    brief = Brief(
        hour=(kept.get("hour") or ("",))[0],
        place=min(kept.get("place") or ("",), key=("", *_PLACE_ORDER).index),
        wishes=wishes,
        weather=kept.get("weather", ()),
        season=(kept.get("season") or ("",))[0],
        accents=kept.get("accent", ()),
        styles=kept.get("style", ()),
        moods=kept.get("mood", ()),
        tints=tuple(reader.tints),
        avoided=tuple(ink(entry) for kind, entry in sorted(set(against)) if kind == "colour"),
        flaws=tuple(sorted({entry for kind, entry in against if kind == "flaw"})),
        strange=tuple(reader.strange),
        removed=tuple(reader.removed),
        text=prompt,
        key=key,
        named=frozenset(kind for kind, entries in kept.items() if entries),
    )
    return _filled(brief, unwanted)


def _home_of(name: str) -> str:
    """Return the place where a subject is when the prompt names none, or an empty text."""
    return next((place for place, names in vocabulary.HOMES.items() if name in names), "")


def _filled(brief: Brief, unwanted: set[Meaning]) -> Brief:
    """Choose what the prompt leaves open, from its subjects, its weather and its key."""
    place = brief.place or next((place for wish in brief.wishes if (place := _home_of(wish.name))), "")
    words = key_of(*brief.strange, *(w.name for w in brief.wishes))
    if not place:
        open_places = [each for each in _ANY_PLACE if ("place", each) not in unwanted] or ["hills"]
        place = open_places[words % len(open_places)]
    hour = brief.hour or _implied_hour(brief, place)
    if not hour:
        open_hours = [each for each in _ANY_HOUR if ("hour", each) not in unwanted] or ["overcast"]
        hour = open_hours[(words >> 16) % len(open_hours)]
    if place == "space":
        hour = "space"
    elif place == "underwater":
        hour = "deep"
    season = brief.season or "summer"
    return replace(brief, place=place, hour=hour, season=season)


def _implied_hour(brief: Brief, place: str) -> str:
    """Return the hour that weather or extras imply, or an empty text."""
    if {"aurora", "moon", "stars", "lanterns"} & set(brief.accents):
        return "night"
    if "neon" in brief.styles and place == "city":
        return "night"
    if place == "studio":
        return "day"
    for weather in ("storm", "rain", "snow", "fog"):
        if weather in brief.weather:
            return "storm" if weather == "storm" else "overcast"
    return ""
