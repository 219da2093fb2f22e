"""What both clients do before they talk: find the server, read the wishes, judge what is missing. No waiting here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from drawthings.errors import BadValue, ModelNotFound
from drawthings.request.plan import Plan, Wishes
from drawthings.request.plan import plan as _plan
from drawthings.settings import Connection, Secret

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drawthings.catalogue.catalogue import Catalogue
    from drawthings.request.configuration import Configuration
    from drawthings.request.pictures import PictureSource
    from drawthings.request.plan import EditWanted, Wanted

EMBEDDED = "embedded"
BESIDE_SETTINGS = ("negative_prompt", "image", "references", "image_fit", "fit")


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
    if connection.server != EMBEDDED:
        return connection
    from drawthings.server.run import shared_embedded

    return replace(connection, server=f"grpc://{shared_embedded().address}")


def wishes(prompt: str, configuration: Configuration | None, wanted: Wanted) -> Wishes:
    """Tell the arguments of a call that are about pictures and words from the settings.

    Everything that is not the former is taken for a setting, so that a wrong name meets the table of fields.
    """
    settings: dict[str, Any] = dict(wanted)
    about = {name: settings.pop(name) for name in BESIDE_SETTINGS if name in settings}
    about["references"] = tuple(about.get("references", ()))
    return Wishes(prompt=prompt, configuration=configuration, settings=settings, **about)


def editing(wanted: EditWanted, image: PictureSource, references: Sequence[PictureSource]) -> Wanted:
    """Put the pictures of an edit beside its other arguments."""
    return {**wanted, "image": image, "references": references}


def plan(catalogue: Catalogue, asked: Wishes, preferred_model: str | None) -> Plan:
    """Decide everything; see ``drawthings.request.plan``."""
    return _plan(catalogue, replace(asked, preferred_model=preferred_model))


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
