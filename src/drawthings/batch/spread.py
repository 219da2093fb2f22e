"""Entries of a list become tasks: wordings, settings that vary, several seeds; each with its hash and its seed."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from drawthings.batch.jobs import Entry, told
from drawthings.batch.task import Task, digest, mapped, noted, plain, seed_from
from drawthings.client import setup
from drawthings.client.grid import REPLACE, Axis
from drawthings.errors import BadValue, DrawThingsError, OutOfRange
from drawthings.request.alternatives import read_template
from drawthings.request.fields import BY_NAME, unknown_field
from drawthings.request.parts import Control, Lora

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

Wordings = Literal["all", "seed", "plain"]

MOST_OF_ONE = 100_000
"""How many tasks one entry may become."""

OWN = frozenset(
    {"prompt", "negative", "instruction", "priority", "deadline", "name", "seeds", "vary", "upscale", "box"}
)
PARTS: Mapping[str, type[Lora | Control]] = {"loras": Lora, "controls": Control}
SHORT = {"cfg": "guidance_scale", "lora": "loras", "batch": "batch_size"}
SIDES = ("left", "top", "right", "bottom")


@dataclass
class Spreader:
    """Makes tasks of entries.

    Attributes:
        salt: What makes the seeds of one batch differ from those of another.
        defaults: What every entry has unless it says otherwise.
        axes: What varies for every entry, beside what varies in the entry itself.
        seeds: How many pictures of different seeds there are of each.
        wordings: What becomes of ``{red|blue}``: ``all`` of them, one by the ``seed``, or ``plain`` text.
        wildcards: The folder of ``__colour__``.
    """

    salt: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    axes: Sequence[Axis] = ()
    seeds: int = 1
    wordings: Wordings = "all"
    wildcards: Path | None = None
    _sums: dict[tuple[str, int, int], str] = field(default_factory=dict)
    _times: Counter[str] = field(default_factory=Counter)

    def tasks(self, entries: Iterable[Entry]) -> Iterator[Task]:
        """Yield the tasks of some entries.

        Raises:
            DrawThingsError: An entry makes no sense; the message says where it stands.
        """
        for entry in entries:
            try:
                yield from self._of(entry)
            except DrawThingsError as error:
                raise told(error, entry.place) from error
            except (TypeError, ValueError, OverflowError, AttributeError) as error:
                # Lists may hold anything anywhere; a value of a wrong kind is found where it is first used.
                raise BadValue(
                    f"{entry.place}: something in it has the wrong form ({error}).",
                    hint="Compare it with the table of keys in the documentation of batches.",
                ) from error

    def _of(self, entry: Entry) -> Iterator[Task]:
        facts = {**_spelled(plain(self.defaults)), **_spelled(plain(entry.facts))}
        prompt = str(facts.get("prompt", facts.get("instruction", "")))
        wanted = self._wanted(facts, entry.folder)
        if not prompt and wanted.get("strength") != 0.0:
            raise BadValue("There is no prompt.", hint='Write "prompt": "…".', field="prompt")
        given = wanted.pop("seed", None)
        seeds = self._seeds(facts.get("seeds"), None if given == -1 else given)
        shared = [Axis(axis.name, tuple(plain(axis.values))) for axis in self.axes]
        axes = [*_axes(facts.get("vary")), *shared]
        root = digest(prompt, _hashed(wanted), [[axis.name, list(map(str, axis.values))] for axis in axes])
        self._times[root] += 1
        count = len(seeds)
        for axis in axes:
            count *= len(axis.values)
        if count > MOST_OF_ONE:
            raise OutOfRange(
                f"This stands for {count} jobs; one entry may become {MOST_OF_ONE}.", field="vary", value=count
            )
        about = {
            "priority": _whole("priority", facts.get("priority", 0)),
            "deadline": _moment(facts.get("deadline")),
            "name": str(facts.get("name", "")),
        }
        for values in itertools.product(*(axis.values for axis in axes)):
            varied = dict(zip((axis.name for axis in axes), values, strict=True))
            for place, seed in enumerate(seeds):
                yield from self._worded(prompt, wanted, varied, (axes, seed, place, self._times[root]), about)

    def _worded(
        self,
        prompt: str,
        wanted: Mapping[str, Any],
        varied: Mapping[str, Any],
        turn: tuple[Sequence[Axis], int | None, int, int],
        about: Mapping[str, Any],
    ) -> Iterator[Task]:
        axes, seed, place, time = turn
        words = str(varied.get("prompt", prompt))
        rest = {name: value for name, value in varied.items() if name not in {"prompt", REPLACE}}
        if REPLACE in varied:
            old = next(str(axis.values[0]) for axis in axes if axis.name == REPLACE)
            if old not in words:
                raise BadValue(f"{old!r} is to be replaced, but the prompt does not hold it.", field=REPLACE, value=old)
            words = words.replace(old, str(varied[REPLACE]))
        settings = {**wanted, **rest}
        settled = settings.pop("seed", seed)
        for text in self._texts(words, settled, (self.salt, words, place, time)):
            # What varies is compared with the same seed; other words get another one.
            chosen = settled if settled is not None else seed_from(self.salt, text, _hashed(wanted), place, time)
            identity = (text, _hashed(settings), settled, *((place, time) if settled is None else ()))
            full = {**settings, "seed": chosen}
            model = settings.get("model")
            yield Task(hash=digest(*identity), prompt=text, wanted=full, model=str(model or ""), **about)

    def _texts(self, words: str, seed: int | None, luck: tuple[object, ...]) -> Iterator[str]:
        if self.wordings == "plain":
            yield words
            return
        template = read_template(words, self.wildcards)
        if self.wordings == "seed":
            yield template.choose(seed if seed is not None else seed_from(*luck)).text
            return
        for wording in template.all():
            yield wording.text

    def _seeds(self, given: object, single: object) -> list[int | None]:
        """Return the seeds of an entry; None for one that is chosen for it."""
        if isinstance(given, list) and given:
            return [_whole("seeds", each) for each in given]
        count = self.seeds if given is None else given
        if not isinstance(count, int) or isinstance(count, bool) or count < 1:
            raise BadValue(
                f"seeds is {count!r}.", hint="Write how many, or a list of them.", field="seeds", value=count
            )
        if single is None:
            return [None] * count
        return [_whole("seed", single) + place for place in range(count)]

    def _wanted(self, facts: Mapping[str, Any], folder: Path) -> dict[str, Any]:
        """Return the keywords of ``generate`` that an entry stands for, pictures by their sums."""
        wanted: dict[str, Any] = {}
        borders = [facts.get(side) or 0 for side in SIDES]
        for name, value in facts.items():
            if name in OWN or name in SIDES or value is None:
                continue
            if name not in BY_NAME and name not in setup.BESIDE_SETTINGS:
                raise unknown_field(name)
            wanted[name] = _part(name, value) if name in PARTS else value
            if name in BY_NAME and name != "seed" and not facts.get("fit"):
                BY_NAME[name].check(wanted[name])
        if facts.get("negative"):
            wanted["negative_prompt"] = facts["negative"]
        if facts.get("box") is not None:
            wanted["mask"] = list(facts["box"])
        if any(borders):
            wanted["borders"] = borders
        self._put_pictures(wanted, folder)
        upscale = facts.get("upscale")
        if upscale:
            wanted["strength"] = 0.0
            if upscale is not True:
                wanted["upscaler_scale_factor"] = int(upscale)
        return wanted

    def _put_pictures(self, wanted: dict[str, Any], folder: Path) -> None:
        for name in ("image", "mask"):
            if isinstance(wanted.get(name), str):
                wanted[name] = noted(wanted[name], folder, self._sums)
        references = wanted.get("references")
        if references is not None:
            listed = [references] if isinstance(references, str) else references
            wanted["references"] = [noted(each, folder, self._sums) for each in listed]
        hints = wanted.get("hints")
        if isinstance(hints, dict):
            wanted["hints"] = {kind: self._hint(value, folder) for kind, value in hints.items()}

    def _hint(self, value: Any, folder: Path) -> list[list[Any]]:  # noqa: ANN401 - a path, a pair, or a list of them
        listed = value if isinstance(value, list) else [value]
        pairs = [each if isinstance(each, list) else [each, 1.0] for each in listed]
        return [[noted(path, folder, self._sums), float(weight)] for path, weight in pairs]


LARGEST = (1 << 63) - 1
"""What the manifest can hold."""


def _whole(name: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not -LARGEST <= value <= LARGEST:
        raise BadValue(f"{name} is {value!r}, which is no whole number.", hint="Write 42.", field=name, value=value)
    return value


def _moment(deadline: object) -> float:
    """Return a deadline in seconds since 1970, from a date and time; without a zone it is that of this machine."""
    if deadline is None:
        return math.inf
    try:
        return datetime.fromisoformat(str(deadline)).timestamp()
    except (ValueError, OverflowError) as error:
        raise BadValue(
            f"deadline is {deadline!r}, which is no time.",
            hint='Write "2026-05-31T18:00", or "2026-05-31T18:00+02:00".',
            field="deadline",
            value=deadline,
        ) from error


def _spelled(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts with the settings' own names in the place of those that the command line has for them."""
    spelled = {SHORT.get(name, name): value for name, value in facts.items() if name != "size"}
    if "size" in facts:
        spelled = {"width": facts["size"], "height": facts["size"], **spelled}
    if isinstance(facts.get("vary"), dict):
        spelled["vary"] = {SHORT.get(name, name): values for name, values in facts["vary"].items()}
    return spelled


def _part(name: str, value: Any) -> Any:  # noqa: ANN401 - what JSON can hold
    """Return LoRAs or controls as the app's JSON has them: from ``file:weight``, pairs, or that very form."""
    kind = PARTS[name]
    listed = value if isinstance(value, list) else [value]
    pairs = [tuple(each) if isinstance(each, list) else each for each in listed]
    parts = [Lora.parse(each) if isinstance(each, str) and kind is Lora else each for each in pairs]
    return [kind.read(each).to_json() for each in parts]


def _axes(vary: object) -> list[Axis]:
    if vary is None:
        return []
    if not isinstance(vary, dict) or not all(isinstance(values, list) and values for values in vary.values()):
        raise BadValue(f"vary is {vary!r}.", hint='Write "vary": {"steps": [4, 8]}.', field="vary", value=vary)
    for name in vary:
        if name not in BY_NAME and name not in {"prompt", "negative_prompt", REPLACE}:
            raise unknown_field(name)
    for name, values in vary.items():
        if name in BY_NAME and name not in PARTS:
            for each in values:
                BY_NAME[name].check(each)
    return [
        Axis(name, tuple(_part(name, each) if name in PARTS else each for each in values))
        for name, values in vary.items()
    ]


def _hashed(wanted: Mapping[str, Any]) -> Any:  # noqa: ANN401 - what JSON can hold
    """Return keywords with pictures by their content only: the same picture elsewhere is the same job."""
    return mapped(dict(wanted), lambda picture: picture["sha256"])
