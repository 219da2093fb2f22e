"""From the body of a request to a draft: a pure function of the body, the catalogue and the gateway's default."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from drawthings.apps.http.values import Values
from drawthings.apps.jobs.draft import Draft
from drawthings.apps.jobs.fingerprint import fingerprint
from drawthings.apps.jobs.words import read_prompt
from drawthings.apps.openai import form, model, quality, size, source
from drawthings.apps.openai.own import own_settings
from drawthings.errors import BadImage, BadValue, OutOfRange, UnknownChoice, UnknownField
from drawthings.request.choices import SeedMode
from drawthings.request.fields import unknown_field
from drawthings.request.recipes import START_FROM_PICTURE
from drawthings.request.seeds import following_seeds
from drawthings.request.values import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from drawthings.apps.jobs.draft import Verb
    from drawthings.apps.openai.form import Form
    from drawthings.apps.openai.source import Reader
    from drawthings.catalogue.catalogue import Catalogue
    from drawthings.request.selection import Selection

Call: TypeAlias = Literal["generations", "edits", "variations"]

DIALECT = "openai"
MOST_PICTURES = 10
MOST_PARTIALS = 3
LONGEST_PROMPT = 32_000
VARIED = 0.6
FIDELITY = {"low": START_FROM_PICTURE, "high": 0.4}
"""How much an ordinary model may change of a picture; edit models keep what the instruction does not name anyway."""
WORDS = {
    "background": ("auto", "transparent", "opaque"),
    "moderation": ("auto", "low"),
    "style": ("vivid", "natural"),
    "complexity": ("low", "medium", "high"),
    "input_fidelity": tuple(FIDELITY),
    "response_format": ("b64_json", "url"),
    "quality": quality.QUALITIES,
}
"""The choices that are words."""
WITHOUT_EFFECT = ("moderation", "style", "complexity")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a body is read with.

    Attributes:
        catalogue: What the servers have.
        preferred: The gateway's default model, or None.
        picture: How a picture is read.
        draw: How a seed is drawn.
        attach: Whether this may be a post that was sent before.
        tags: Whether `<lora:name:weight>` in a prompt counts.
        strict: Whether what has no effect is refused.
        key: What else tells posts apart: the client's idempotency key.
    """

    catalogue: Catalogue
    preferred: str | None
    picture: Reader
    draw: Callable[[], int]
    attach: bool = False
    tags: bool = False
    strict: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a body asks for.

    Attributes:
        draft: What is to be generated.
        call: Which of the calls it was.
        form: How results are written.
        quality: The word for it.
        reply: Whether pictures come in the answer or as links.
        stream: Whether the answer is a stream of events.
        partials: How many unfinished pictures are to be in it.
        user: The name of the client's own user, or an empty text.
        transparent: Whether results have a transparent background.
        ignored: Keys that nobody knows.
    """

    draft: Draft
    call: Call
    form: Form
    quality: str = "auto"
    reply: str = "b64_json"
    stream: bool = False
    partials: int = 0
    user: str = ""
    transparent: bool = False
    ignored: tuple[str, ...] = ()


@dataclass(slots=True)
class Making:
    """A draft while it is put together."""

    values: Values
    call: Call
    context: Context
    words: Mapping[str, str]
    wanted: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    verb: Verb = "generate"


def parse(body: Mapping[str, Any], call: Call, context: Context) -> Asked:
    """Read a body.

    Args:
        body: The JSON object, or a form as ``multipart.regroup`` made an object of it.
        call: Which call it is for.
        context: What it is read with.

    Returns:
        The draft, and what is needed to answer.

    Raises:
        ConfigError: A value is wrong; ``field`` names the client's own key.
        InputError: A picture or the mask cannot be used.
        ModelNotFound: There is no such model, LoRA, control net or upscaler.
    """
    values = Values(body)
    words = {name: _word(values, name, known) for name, known in WORDS.items()}
    making = Making(values, call, context, words)
    making.wanted = own_settings(values)
    prompt = _prompt(making)
    _pictures(making)
    configured, named = making.wanted.pop("model", None), values.text("model")
    chosen = model.chosen(
        str(configured or "") if model.is_alias(named) else named,
        context.catalogue,
        making.wanted.get("loras", ()),
        preferred=context.preferred,
        editing="image" in making.wanted and call != "variations",
        inpainting="mask" in making.wanted,
    )
    making.wanted["model"] = chosen.model.file
    _canvas(making, chosen)
    _effort(making, chosen)
    answer = form.read(values, chosen.model, stream=bool(values.flag("stream")), making=making)
    return _asked(making, body, prompt, chosen, answer)


def _asked(making: Making, body: Mapping[str, Any], prompt: str, chosen: Selection, answer: Form) -> Asked:
    values, words, context = making.values, making.words, making.context
    stream, partials = bool(values.flag("stream")), _partials(values)
    seeds = _seeds(making)
    user = values.text("safety_identifier") or values.text("user")
    transparent = any(lora.transparent for lora in chosen.loras) or chosen.model.modifier == "qwenimage_layered"
    if words["background"] == "transparent" and not transparent:
        making.notes.append("background=transparent has no effect: the model paints opaque pictures.")
    making.notes += [f"{name} has no effect." for name in WITHOUT_EFFECT if words[name] not in {"", "auto"}]
    values.pass_over(("svg", "user"))
    ignored = values.unread
    if context.strict:
        _strict(making, ignored)
    draft = Draft(
        verb=making.verb,
        prompt=prompt,
        wanted=making.wanted,
        seeds=seeds,
        previews=stream and partials > 0,
        fingerprint=fingerprint(DIALECT, making.call, context.key, body),
        attach=context.attach,
        dialect=DIALECT,
        notes=tuple(making.notes),
    )
    return Asked(
        draft=draft,
        call=making.call,
        form=answer,
        quality=words["quality"] or "auto",
        reply=words["response_format"] or "b64_json",
        stream=stream,
        partials=partials,
        user=user,
        transparent=transparent,
        ignored=ignored,
    )


def _word(values: Values, name: str, known: tuple[str, ...]) -> str:
    """Return a word of a list; empty when it is not given."""
    word = values.text(name)
    if word and word not in known:
        raise UnknownChoice(
            f"{name} is {shown(word)}; it must be one of {', '.join(known)}.",
            hint=f"Use {known[0]}, or leave it out.",
            field=name,
            value=word,
            suggestions=known,
        )
    return word


def _prompt(making: Making) -> str:
    prompt = making.values.text("prompt")
    if not prompt.strip() and making.call != "variations":
        raise BadValue("The prompt is missing.", hint="Say what the picture shows.", field="prompt")
    if len(prompt) > LONGEST_PROMPT:
        raise OutOfRange(
            f"The prompt has {len(prompt)} characters; there may be {LONGEST_PROMPT}.",
            hint="Shorten it.",
            field="prompt",
        )
    if not making.context.tags:
        return prompt
    words = read_prompt(prompt, making.context.catalogue)
    if words.loras:
        making.wanted["loras"] = (*making.wanted.get("loras", ()), *words.loras)
    making.notes += words.notes
    return words.prompt


def _pictures(making: Making) -> None:
    """Put pictures into what is wanted; with one, even ``generations`` is an edit."""
    values, read, wanted = making.values, making.context.picture, making.wanted
    negative = values.text("negative_prompt")
    if negative:
        wanted["negative_prompt"] = negative
    first, further = source.images(values, read)
    if making.call != "generations" and not first:
        raise BadImage("There is no picture to start from.", hint="Send it as image.", field="image")
    control = source.hints(values, read)
    if control:
        wanted["hints"] = control
    every = [*first, *further]
    if not every:
        return
    mask, told = source.mask(values, read)
    wanted["image"] = source.marked(every[0], values, read)
    if every[1:]:
        wanted["references"] = every[1:]
    making.verb = "edit"
    if mask is not None:
        wanted["mask"] = mask
        making.verb = "inpaint"
        making.notes += [told] if told else []


def _canvas(making: Making, chosen: Selection) -> None:
    """Take the size of the body; one in the configuration counts where it has none."""
    making.wanted |= size.canvas(making.values, chosen.model.native_px)


def _effort(making: Making, chosen: Selection) -> None:
    """Turn words for effort and likeness into steps and strength, which win where they are given themselves."""
    wanted, words = making.wanted, making.words
    started = "image" in wanted and "mask" not in wanted
    ordinary = started and not chosen.model.edits and not chosen.model.video
    if "strength" not in wanted and ordinary:
        if making.call == "variations":
            wanted["strength"] = VARIED
        elif words["input_fidelity"]:
            wanted["strength"] = FIDELITY[words["input_fidelity"]]
    elif words["input_fidelity"] == "high" and "strength" not in wanted:
        making.notes.append("input_fidelity has no effect on this model.")
    word = words["quality"]
    if "steps" in wanted or not word:
        return
    steps = quality.steps_for(word, chosen.model, chosen.loras, editing=started)
    if steps is not None:
        wanted["steps"] = steps
    elif quality.FACTORS[word] != 1:
        making.notes.append(f"quality={word} has no effect: {chosen.model.file} is made for few steps.")


def _seeds(making: Making) -> tuple[int, ...]:
    """Return one seed for each picture, as the server derives them within a batch; so no split changes a picture."""
    values, wanted = making.values, making.wanted
    count = values.whole("n")
    count = (1 if count is None else count) * wanted.pop("batch_size", 1) * wanted.pop("batch_count", 1)
    if not 1 <= count <= MOST_PICTURES:
        raise OutOfRange(
            f"n is {count}; a call makes 1 to {MOST_PICTURES} pictures.",
            hint="Ask several times.",
            field="n",
            value=count,
        )
    seed = wanted.pop("seed", None)
    mode = wanted.get("seed_mode", SeedMode.SCALE_ALIKE)
    return following_seeds(making.context.draw() if seed is None else seed, count, 1, mode)


def _partials(values: Values) -> int:
    partials = values.whole("partial_images") or 0
    if not 0 <= partials <= MOST_PARTIALS:
        raise OutOfRange(
            f"partial_images is {partials}; it must be 0 to {MOST_PARTIALS}.",
            hint=f"Use {MOST_PARTIALS}.",
            field="partial_images",
            value=partials,
        )
    return partials


def _strict(making: Making, ignored: tuple[str, ...]) -> None:
    """Refuse what would have no effect."""
    if ignored:
        known = unknown_field(ignored[0])
        raise UnknownField(
            f"There is no parameter {shown(ignored[0])}.",
            hint=known.hint,
            field=ignored[0],
            suggestions=known.suggestions,
        )
    lost = [note for note in making.notes if "no effect" in note]
    if lost:
        raise BadValue(
            lost[0],
            hint="Leave it out, or do not send x-drawthings-strict.",
            field=lost[0].split()[0].partition("=")[0],
        )
