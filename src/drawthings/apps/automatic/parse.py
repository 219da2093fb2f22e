"""From the body of ``txt2img`` or ``img2img`` to a draft: a function of body, catalogue and options alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from drawthings.apps.automatic import controlnet, lists, starting
from drawthings.apps.automatic.effects import SAME, without_effect
from drawthings.apps.automatic.samplers import sampler_for
from drawthings.apps.http.values import Values
from drawthings.apps.jobs.draft import Draft
from drawthings.apps.jobs.fingerprint import fingerprint
from drawthings.apps.jobs.words import read_prompt
from drawthings.catalogue.lookup import find
from drawthings.errors import BadValue, OutOfRange
from drawthings.media.infotext import parse_infotext
from drawthings.media.infowords import HASH, understand
from drawthings.request.configuration import settings_from_json
from drawthings.request.fields import BY_NAME
from drawthings.request.fields_core import SEED_LIMIT
from drawthings.request.hints import LIST_TYPES
from drawthings.request.values import shown

if TYPE_CHECKING:
    from drawthings.apps.automatic.controlnet import Reader
    from drawthings.apps.automatic.region import Region
    from drawthings.catalogue.catalogue import Catalogue
    from drawthings.catalogue.entries import ModelEntry

Mode: TypeAlias = Literal["txt2img", "img2img"]

DIALECT = "automatic"
USUAL_SCALE = 2.0
FORMS = {"png": "png", "jpg": "jpeg", "jpeg": "jpeg", "webp": "webp"}
FOR_HIRES = ("hr_scale", "hr_upscaler", "hr_resize_x", "hr_resize_y")
PLAIN = {
    "steps": ("whole", "steps"),
    "cfg_scale": ("number", "guidance_scale"),
    "distilled_cfg_scale": ("number", "guidance_embed"),
    "refiner_switch_at": ("number", "refiner_start"),
}
"""Numbers with another name here."""
TAKEN = frozenset(
    {*("seed", "batch_size", "batch_count", "width", "height", "steps", "model", "sampler", "clip_skip", "mask_blur")}
    # Words that other programs use for something else.
    | {"id", "name"}
)
"""Settings of Draw Things that are read in the way of the web interface, or not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a body is read with.

    Attributes:
        catalogue: What the servers have.
        model: The model that is used when the body names none.
        options: The options of this owner.
        picture: How a picture is read.
        draw: How a seed is drawn.
        most: How many pictures a call may ask for.
        key: The client's idempotency key; with one this may be a post that was sent before.
    """

    catalogue: Catalogue
    model: str
    options: Mapping[str, Any]
    picture: Reader
    draw: Callable[[], int]
    most: int
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a body asks for.

    Attributes:
        draft: What is to be generated.
        mode: Which of the two calls it was.
        echo: The body as it is shown to the client again: without pictures and what is private.
        form: The kind of file that pictures are sent as.
        send: Whether pictures are sent at all.
        task: The client's own name for this, or an empty text.
        ignored: Keys without effect.
        region: Where results are laid back into, or None.
    """

    draft: Draft
    mode: Mode
    echo: Mapping[str, Any]
    form: str = "png"
    send: bool = True
    task: str = ""
    ignored: tuple[str, ...] = ()
    region: Region | None = None


@dataclass(slots=True)
class Making:
    """A draft while it is put together: what is read, and what was found so far."""

    values: Values
    override: Values
    context: Context
    mode: Mode
    model: ModelEntry
    wanted: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    region: Region | None = None

    def take(self, name: str, value: object) -> None:
        """Set a setting unless it is open."""
        if value is not None:
            self.wanted[name] = value


def parse(body: Mapping[str, Any], mode: Mode, context: Context) -> Asked:
    """Read a body.

    Args:
        body: The JSON object.
        mode: Which call it is for.
        context: What it is read with.

    Returns:
        The draft, and what is needed to answer. Unknown keys are no error; they are named in ``ignored``.

    Raises:
        ConfigError: A value is wrong, or there is no such sampler or script.
        InputError: A picture or the mask cannot be used.
        ModelNotFound: There is no such model, LoRA, control net or upscaler.
    """
    values = Values(body)
    override = Values(values.part("override_settings"))
    wanted, notes = _defaults(values, context.catalogue)
    model = _model(values, override, context, str(wanted.get("model") or ""))
    making = Making(values, override, context, mode, model, wanted, notes)
    _script(values)
    words = read_prompt(values.text("prompt"), context.catalogue)
    making.notes += words.notes
    making.take("model", model.file)
    making.take("negative_prompt", values.raw("negative_prompt") and values.text("negative_prompt"))
    _numbers(making)
    _own_settings(making)
    if words.loras:
        making.wanted["loras"] = (*making.wanted.get("loras", ()), *words.loras)
    _sampler(making)
    _size(making)
    _extensions(making)
    verb = "generate"
    if mode == "img2img":
        verb = starting.start(making)
    return _asked(making, body, verb, words.prompt)


def _asked(making: Making, body: Mapping[str, Any], verb: Any, prompt: str) -> Asked:  # noqa: ANN401 - one of the verbs
    values, context = making.values, making.context
    seeds, of_infotext = _seeds(making), str(making.wanted.pop("prompt", ""))
    form, send = _form(making), values.flag("send_images")
    ignored = (*without_effect(values), *(f"override_settings.{key}" for key in making.override.unread))
    draft = Draft(
        verb=verb,
        prompt=prompt or of_infotext,
        wanted={**making.wanted, "fit": True},
        seeds=seeds,
        fingerprint=fingerprint(DIALECT, making.mode, context.key, values.body),
        attach=bool(context.key),
        dialect=DIALECT,
        notes=(*making.notes, *(f"{key} has no effect." for key in ignored)),
    )
    return Asked(
        draft=draft,
        mode=making.mode,
        echo=_echo(body),
        form=form,
        send=send is not False,
        task=values.text("force_task_id"),
        ignored=ignored,
        region=making.region,
    )


def model_named(name: str, catalogue: Catalogue) -> ModelEntry:
    """Return a model by the name that a client has for it, which may end in a hash.

    Raises:
        ModelNotFound: There is none.
    """
    return catalogue.model(HASH.sub("", name).strip())


def _model(values: Values, override: Values, context: Context, before: str) -> ModelEntry:
    named = override.text("sd_model_checkpoint") or values.text("model") or before
    chosen = named or str(context.options.get("sd_model_checkpoint") or "") or context.model
    return model_named(chosen, context.catalogue)


def _script(values: Values) -> None:
    name = values.text("script_name")
    if name and name.lower() != "none":
        raise BadValue(
            f"Script {shown(name)} not found: Draw Things runs no scripts of the web interface.",
            hint="Leave script_name out.",
            field="script_name",
            value=name,
        )


def _defaults(values: Values, catalogue: Catalogue) -> tuple[dict[str, Any], list[str]]:
    """Return what an infotext or a whole configuration says, and notes; everything else in the body wins over it."""
    configuration = values.part("configuration")
    wanted: dict[str, Any] = {**settings_from_json(dict(configuration))} if configuration else {}
    text = values.text("infotext")
    found = parse_infotext(text) if text else None
    if found is None:
        return wanted, []
    restored = understand(found)
    notes, settings = list(restored.notes), dict(restored.settings)
    model = str(settings.get("model") or "")
    if model and len(find(catalogue.models, HASH.sub("", model).strip())) != 1:
        # It names what another machine has, or another program.
        del settings["model"]
        notes.append(f"The model {shown(model)} of the infotext is not here.")
    wanted |= {**settings, "prompt": restored.prompt}
    if restored.negative_prompt:
        wanted["negative_prompt"] = restored.negative_prompt
    return wanted, notes


def _numbers(making: Making) -> None:
    for key, (kind, name) in PLAIN.items():
        making.take(name, getattr(making.values, kind)(key))
    refiner = making.values.text("refiner_checkpoint")
    if refiner not in SAME:
        making.take("refiner_model", model_named(refiner, making.context.catalogue).file)
    clip_skip = making.override.whole("CLIP_stop_at_last_layers") or making.values.whole("clip_skip")
    clip_skip = clip_skip or making.context.options.get("CLIP_stop_at_last_layers")
    if isinstance(clip_skip, int) and clip_skip > 1:
        making.take("clip_skip", clip_skip)
    if making.override.text("sd_vae") not in {"", "Automatic", "None"}:
        making.notes.append("sd_vae has no effect: each model brings its own.")
    image_guidance = making.values.number("image_cfg_scale")
    if making.model.modifier == "editing":
        making.take("image_guidance_scale", image_guidance)
    if making.values.flag("restore_faces"):
        _faces(making)


def _faces(making: Making) -> None:
    file = lists.face_restorer(making.context.catalogue)
    making.take("face_restoration", file)
    if file is None:
        making.notes.append("restore_faces has no effect: the server has no file for it.")


def _own_settings(making: Making) -> None:
    """Take settings of Draw Things by their own names, as the app's own interface does."""
    for name in sorted(making.values.body.keys() & BY_NAME.keys() - TAKEN):
        making.take(name, making.values.raw(name))
    own = making.values.raw("sampler")
    if own is not None:
        making.take("sampler", own)


def _sampler(making: Making) -> None:
    number = making.values.raw("sampler_index")
    name = making.values.text("sampler_name") or (number if isinstance(number, str) else "")
    schedule = making.values.text("scheduler")
    if name.strip().lower() in {"", "automatic", "n/a", "none"}:
        if schedule.strip().lower() not in {"", "automatic"}:
            making.notes.append(f"scheduler {shown(schedule)} has no effect without a sampler.")
        return
    making.wanted["sampler"], notes = sampler_for(name, schedule, flow=making.model.flow)
    making.notes += notes


def _size(making: Making) -> None:
    values, wanted = making.values, making.wanted
    making.take("width", values.whole("width") or None)
    making.take("height", values.whole("height") or None)
    if making.mode != "txt2img" or not values.flag("enable_hr"):
        values.pass_over((*FOR_HIRES, "enable_hr"))
        return
    first = (wanted.get("width") or making.model.native_px, wanted.get("height") or making.model.native_px)
    target = _target(values, *first)
    name = values.text("hr_upscaler")
    listed = find(making.context.catalogue.upscalers, name) if name else []
    if len(listed) == 1:
        factor = 2 if target[0] <= USUAL_SCALE * first[0] else 4
        wanted |= {"upscaler": listed[0].file, "upscaler_scale_factor": factor}
        making.notes.append(
            f"{listed[0].name} enlarges the finished picture {factor} times; the second pass is left out. "
            "A latent upscaler has one."
        )
    elif target[0] * target[1] > first[0] * first[1]:
        wanted |= {"hires_fix": True, "hires_fix_width": first[0], "hires_fix_height": first[1]}
        wanted |= {"width": target[0], "height": target[1]}
        making.take("hires_fix_strength", values.number("denoising_strength"))
    else:
        making.notes.append(f"enable_hr has no effect: {target[0]}x{target[1]} is no larger than the first pass.")


def _target(values: Values, width: int, height: int) -> tuple[int, int]:
    """Return the size after the second pass; of sides that are given alone the other one follows."""
    x, y = values.whole("hr_resize_x") or 0, values.whole("hr_resize_y") or 0
    scale = values.number("hr_scale") or USUAL_SCALE
    if x or y:
        return (x or round(y * width / height), y or round(x * height / width))
    return (round(width * scale), round(height * scale))


def _extensions(making: Making) -> None:
    image = making.mode == "img2img"
    for name, script in making.values.part("alwayson_scripts").items():
        arguments = script.get("args") if isinstance(script, Mapping) else script
        listed = arguments if isinstance(arguments, list) else [arguments] if arguments else []
        if controlnet.is_off(listed):
            continue
        if name.lower() not in controlnet.NAMES:
            making.notes.append(f"The extension {shown(name)} is not here; it has no effect.")
            continue
        units = controlnet.read_units(listed, making.context.catalogue, making.context.picture, has_image=image)
        making.notes += units.notes
        if units.controls:
            making.wanted["controls"] = (*making.wanted.get("controls", ()), *units.controls)
        if units.hints:
            making.wanted["hints"] = {kind: _hint(making, kind, several) for kind, several in units.hints.items()}
        if units.image is not None:
            # At full strength nothing of it is painted over; the server only makes control pictures of it.
            making.wanted |= {"image": units.image, "strength": 1.0}


def _hint(making: Making, kind: str, several: list[bytes]) -> bytes | list[bytes]:
    if kind in LIST_TYPES:
        return several
    if several[1:]:
        making.notes.append(f"The server looks at one picture for {kind}; the first is taken.")
    return several[0]


def _seeds(making: Making) -> tuple[int, ...]:
    """Return one seed for each picture: the web interface counts up from the first."""
    values, most = making.values, making.context.most
    size, rounds = making.wanted.pop("batch_size", 1), making.wanted.pop("batch_count", 1)
    given = (values.whole("n_iter"), values.whole("batch_count"))
    count = values.whole("batch_size") or size
    count *= (given[0] or 1) * (given[1] or 1) if any(given) else rounds
    if not 1 <= count <= most:
        raise OutOfRange(
            f"batch_size times n_iter is {count}; a call makes 1 to {most} pictures.",
            hint="Ask several times.",
            field="batch_size",
            value=count,
        )
    seed = values.whole("seed")
    if seed is None or seed < 0:
        given = making.wanted.pop("seed", None)
        seed = given if isinstance(given, int) else making.context.draw()
    making.wanted.pop("seed", None)
    checked = BY_NAME["seed"].check(seed)
    first = checked if isinstance(checked, int) else seed
    return tuple((first + place) % (SEED_LIMIT + 1) for place in range(count))


def _form(making: Making) -> str:
    name = making.override.text("samples_format") or str(making.context.options.get("samples_format") or "png")
    if name.lower() in FORMS:
        return FORMS[name.lower()]
    making.notes.append(f"Pictures are PNG: samples_format {shown(name)} is none of {', '.join(FORMS)}.")
    return "png"


def _echo(body: Mapping[str, Any]) -> dict[str, Any]:
    shown_again = Values(body).body
    for key in ("init_images", "mask", "latent_mask", "alwayson_scripts"):
        if key in shown_again:
            shown_again[key] = None if key != "alwayson_scripts" else {}
    return shown_again
