"""What both clients do before they talk: find the server, read the wishes, judge what is missing. No waiting here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from drawthings.errors import BadMask, BadValue, ModelNotFound, OutOfRange
from drawthings.request.configuration import Configuration
from drawthings.request.plan import Plan
from drawthings.request.plan import plan as _plan
from drawthings.request.wishes import Wishes
from drawthings.settings import Connection, Secret

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drawthings.catalogue.catalogue import Catalogue
    from drawthings.request.masks import MaskSource
    from drawthings.request.pictures import PictureSource
    from drawthings.request.wishes import Borders, EditWanted, PaintWanted, UpscaleWanted, Wanted

EMBEDDED = "embedded"
BESIDE_SETTINGS = frozenset(Wishes.__slots__) - {"prompt", "configuration", "settings", "preferred_model"}
FACTORS = (2, 4)


def connection_for(
    server: str | None, *, secret: str | None = None, model: str | None = None, profile: str | None = None
) -> Connection:
    """Return the connection that the arguments, the environment and the profile describe, in this order.

    Raises:
        ConfigError: One of them makes no sense.
    """
    given: dict[str, Any] = {"server": server, "model": model, "secret": None if secret is None else Secret(secret)}
    return Connection.from_environment(profile, **{name: value for name, value in given.items() if value is not None})


def reachable(connection: Connection) -> Connection:
    """Return the connection with ``embedded`` replaced by the address of the server inside this process.

    The embedded server is started on first use and lives as long as the process; it speaks plaintext on the loopback.
    """
    if connection.server.strip().lower() != EMBEDDED:
        return connection
    from drawthings.server.run import shared_embedded

    return replace(connection, server=f"grpc://{shared_embedded().address}")


def wishes(prompt: str, configuration: Configuration | None, wanted: Wanted) -> Wishes:
    """Tell the arguments of a call that are about pictures and words from the settings.

    Everything that is not the former is taken for a setting, so that a wrong name meets the table of fields.
    """
    settings: dict[str, Any] = dict(wanted)
    about = {name: settings.pop(name) for name in BESIDE_SETTINGS if name in settings}
    about["references"] = _several(about.get("references", ()))
    if configuration is not None and not isinstance(configuration, Configuration):
        raise BadValue(
            f"The configuration is {type(configuration).__name__}, not a Configuration.",
            hint="Make one with Configuration(...) or Configuration.from_json(...), or give the settings by name.",
            field="configuration",
        )
    about["hints"] = dict(about.get("hints") or {})
    return Wishes(prompt=prompt, configuration=configuration, settings=settings, **about)


def _several(references: object) -> tuple[Any, ...]:
    """Return the references; one alone is a slip that would be taken apart letter by letter."""
    if not isinstance(references, list | tuple):
        raise BadValue(
            f"The references are {type(references).__name__}, not a list of pictures.",
            hint="Write references=[picture], even for one.",
            field="references",
        )
    return tuple(references)


def names_of(files: object) -> tuple[str, ...]:
    """Return file names, of which one alone is no list.

    Raises:
        BadValue: It is no list of names.
    """
    names = tuple(files) if isinstance(files, Iterable) and not isinstance(files, str | bytes) else None
    if names is None or not all(isinstance(name, str) for name in names):
        raise BadValue(f"{files!r} is no list of file names.", hint="Write ['name.ckpt'].", field="files", value=files)
    return names


def editing(wanted: EditWanted, image: PictureSource, references: Sequence[PictureSource]) -> Wanted:
    """Put the pictures of an edit beside its other arguments."""
    return _wanted(wanted, image=image, references=references)


def inpainting(wanted: PaintWanted, image: PictureSource, mask: MaskSource | None) -> Wanted:
    """Put picture and mask beside the other arguments; without a mask the picture's own transparency is it.

    Raises:
        BadImage: The picture cannot be read.
        BadMask: There is no mask, and nothing of the picture is transparent.
    """
    if mask is not None:
        return _wanted(wanted, image=image, mask=mask)
    from drawthings.request.masks import Mask
    from drawthings.request.pictures import load_picture

    opened = load_picture(image)
    if opened.mode != "RGBA":
        raise BadMask(
            "No mask is given, and nothing of the picture is transparent.",
            hint="Give a black and white picture, an array or a box, or cut out of the picture what is to change.",
        )
    return _wanted(wanted, image=opened, mask=Mask(opened))


def outpainting(wanted: PaintWanted, image: PictureSource, borders: Borders) -> Wanted:
    """Put the picture and how much it grows beside the other arguments."""
    return _wanted(wanted, image=image, borders=borders)


def upscaling(wanted: UpscaleWanted, image: PictureSource, upscaler: str | None, factor: int | None) -> Wanted:
    """Ask for a picture to be enlarged and not painted, which is what strength 0 means.

    Raises:
        OutOfRange: The server has no such factor.
    """
    if factor is not None and factor not in FACTORS:
        raise OutOfRange(
            f"factor is {factor}; the server enlarges two or four times.",
            hint="Use 2 or 4.",
            field="factor",
            value=factor,
            suggestions=tuple(map(str, FACTORS)),
        )
    named = {} if upscaler is None else {"upscaler": upscaler}
    sized = {} if factor is None else {"upscaler_scale_factor": factor}
    return _wanted(wanted, image=image, strength=0.0, **named, **sized)


def _wanted(given: EditWanted | UpscaleWanted, **more: object) -> Wanted:
    return cast("Wanted", {**given, **more})


def plan(catalogue: Catalogue, asked: Wishes, preferred_model: str | None) -> Plan:
    """Decide everything; see ``drawthings.request.plan``."""
    return _plan(catalogue, replace(asked, preferred_model=preferred_model))


def files_in_question(plan: Plan, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the files whose presence decides what the server will do."""
    from drawthings.request import guard

    return tuple(dict.fromkeys((*plan.files, *guard.files_in_question(plan.order, catalogue))))


def guarded(plan: Plan, catalogue: Catalogue, files: Mapping[str, bool], *, check: bool) -> Plan:
    """Return the plan with what the guard has to say about it.

    Args:
        plan: What was decided.
        catalogue: What the server has.
        files: Which of the files in question are there.
        check: Whether to refuse what would crash the server or make it do something else; if not, that is told only.

    Raises:
        ModelNotFound: A file is not there.
        ConfigError, InputError: The server is known to do harm or something else with the request.
    """
    from drawthings.request import guard

    missing = [file for file in plan.files if files.get(file) is False]
    if missing and check:
        raise missing_file(missing, catalogue)
    # One request of several: the client asks for each batch on its own.
    findings = guard.inspect(plan.rounds()[0].order, catalogue, files=files)
    error = guard.refusal(findings) if check else None
    if error is not None:
        raise error
    told = {note.code for note in plan.notes}
    return replace(plan, notes=(*plan.notes, *(note for note in guard.notes(findings) if note.code not in told)))


def missing_file(missing: Sequence[str], catalogue: Catalogue) -> ModelNotFound:
    """Return the error for files that the server does not have."""
    names = ", ".join(missing)
    known = [model.file for model in catalogue.models if model.file not in missing]
    return ModelNotFound(
        f"The server has no file {names}; it would quietly use another one instead.",
        hint="See `drawthings models list`." if known else "Put it into the server's models folder.",
        name=missing[0],
        suggestions=tuple(known[:3]),
    )


def only_plan(plan: object, configuration: Configuration | None, wanted: Wanted) -> Plan:
    """Check that a plan came alone.

    Raises:
        BadValue: It is no plan, or settings came with it, which would be ignored.
    """
    if not isinstance(plan, Plan):
        raise BadValue(
            f"The prompt must be text, not {type(plan).__name__}.",
            hint="Give a string, or a plan from prepare().",
            field="prompt",
        )
    if configuration is not None or wanted:
        names = ", ".join(wanted) or "configuration"
        raise BadValue(
            f"A plan is decided already; {names} beside it would be ignored.", hint="Give the settings to prepare()."
        )
    return plan
