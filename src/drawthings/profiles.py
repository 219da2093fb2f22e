"""What the environment and the configuration file say about the connection, as plain values.

``settings.py`` describes the file and makes a ``Connection`` of the values. Nothing is imported for it before a file is
really read.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from drawthings.errors import BadConfiguration, BadValue, UnknownField, UnknownPreset

if TYPE_CHECKING:
    from collections.abc import Iterable

ENVIRONMENT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "DRAWTHINGS_SERVER": "the server: host, host:port, [IPv6]:port, grpc://…, grpcs://… or embedded",
        "DRAWTHINGS_MODEL": "the model when a call names none",
        "DRAWTHINGS_TLS": "auto, on or off",
        "DRAWTHINGS_TLS_CA": "a PEM file with the certificate authority to trust instead of the system's",
        "DRAWTHINGS_SECRET": "the server's shared secret; wins over DRAWTHINGS_SECRET_FILE",
        "DRAWTHINGS_SECRET_FILE": "a file that holds the shared secret",
        "DRAWTHINGS_KNOWN_SERVERS": "the file of servers seen before, instead of known_servers beside config.toml",
        "DRAWTHINGS_UPLOAD_CODEC": "how pictures are sent: auto, raw or deflate (half the bytes, for slow networks)",
        "DRAWTHINGS_CONFIG": "the configuration file, instead of config.toml in the user's configuration folder",
        "DRAWTHINGS_PROFILE": "the profile when none is named",
    }
)
"""Every environment variable that is read, and what it says. An empty one counts as absent."""

TEXT_KEYS: Final = ("server", "model", "secret", "tls", "upload_codec")
PATH_KEYS: Final = ("secret_file", "tls_ca", "known_servers")
NUMBER_KEYS: Final = (
    "connect_timeout_s",
    "unary_timeout_s",
    "silence_timeout_s",
    "retry_tries",
    "retry_first_s",
    "retry_factor",
    "retry_most_s",
)
PROFILE_KEYS: Final = (*TEXT_KEYS, *PATH_KEYS, "trust", *NUMBER_KEYS)
"""What a profile may say; the top of the file may say the same for all of them."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A named section of the configuration file.

    Attributes:
        name: Its name.
        server: The server it names, or None where the usual one counts.
        model: The model it names, if any.
        default: Whether it counts when none is named.
    """

    name: str
    server: str | None
    model: str | None
    default: bool


@dataclass(frozen=True, slots=True)
class _Content:
    """The configuration file, its keys and tables checked, its values not."""

    top: Mapping[str, Any]
    profiles: Mapping[str, Mapping[str, Any]]
    default: str | None


TOP_KEYS: Final = (*PROFILE_KEYS, "profile", "profiles")


def config_folder() -> Path:
    """Return the user's configuration folder for this package, whether or not it exists."""
    from platformdirs import user_config_dir

    return Path(user_config_dir("drawthings", appauthor=False))


def config_file() -> Path:
    """Return where the configuration file is, whether or not it exists."""
    named = os.environ.get("DRAWTHINGS_CONFIG")
    return home_expanded(named) if named else config_folder() / "config.toml"


def known_servers_file() -> Path:
    """Return where the file of servers seen before is when nothing else names one, whether or not it exists."""
    named = os.environ.get("DRAWTHINGS_KNOWN_SERVERS")
    return home_expanded(named) if named else config_folder() / "known_servers"


def home_expanded(path: str | Path) -> Path:
    """Return the path with ``~`` replaced by the home folder.

    A user that does not exist is left in the path; the disk will say that there is no such file.
    """
    return Path(os.path.expanduser(path))  # noqa: PTH111 - Path.expanduser raises instead


def environment_values() -> dict[str, Any]:
    """Return what the environment says, by the names that the file uses.

    Returns:
        Only what is set. ``secret`` is the secret as text or the path of the file that holds it.
    """
    values: dict[str, Any] = {}
    for name in ("server", "model", "tls", "upload_codec"):
        if text := os.environ.get(f"DRAWTHINGS_{name.upper()}"):
            values[name] = text
    for name in ("tls_ca", "known_servers"):
        if text := os.environ.get(f"DRAWTHINGS_{name.upper()}"):
            values[name] = Path(text)
    if text := os.environ.get("DRAWTHINGS_SECRET"):
        values["secret"] = text
    elif text := os.environ.get("DRAWTHINGS_SECRET_FILE"):
        values["secret"] = Path(text)
    return values


def profile_values(profile: str | None = None) -> dict[str, Any]:
    """Return what the configuration file says for a profile.

    Args:
        profile: Its name; by default what ``DRAWTHINGS_PROFILE``, else ``profile`` at the top of the file says. Where
            neither does, only the top of the file counts.

    Returns:
        Only what is said. ``secret`` is the secret as text or the path of the file that holds it; a silence of 0 has
        become None.

    Raises:
        UnknownPreset: There is no such profile.
        BadConfiguration: The file cannot be read.
        UnknownField: It has a key that means nothing, in this profile or in any other.
        BadValue: A value has the wrong type.
    """
    values: dict[str, Any] = {}
    for _, part in file_layers(profile):
        values |= part
    return values


def file_layers(profile: str | None = None) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Return what the configuration file says for a profile, layer by layer.

    Args:
        profile: As for ``profile_values``.

    Returns:
        Where each layer stands, in words, and what it says; a later one wins over an earlier one.

    Raises:
        ConfigError: As ``profile_values``.
    """
    path = config_file()
    content = _content(path)
    top = (f"top of {path}", _values(content.top, path))
    wanted = profile or os.environ.get("DRAWTHINGS_PROFILE") or content.default
    if not wanted:
        return (top,)
    return top, (f"profile {wanted!r} of {path}", _values(_profile(wanted, content.profiles, path), path))


def all_profiles() -> tuple[Profile, ...]:
    """Return the profiles of the configuration file, in its order.

    Raises:
        BadConfiguration, UnknownField, BadValue: As ``profile_values``.
    """
    path = config_file()
    content = _content(path)
    wanted = os.environ.get("DRAWTHINGS_PROFILE") or content.default
    found = []
    for name, part in content.profiles.items():
        values = _values(content.top, path) | _values(part, path)
        found.append(Profile(name, values.get("server"), values.get("model"), name == wanted))
    return tuple(found)


def nearest(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return up to three of the known words that look most like the word."""
    from difflib import get_close_matches

    return tuple(get_close_matches(word, tuple(known), n=3))


def reason(error: OSError) -> str:
    """Return why the operating system refused, in its own words."""
    return (error.strerror or type(error).__name__).lower()


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        if not os.environ.get("DRAWTHINGS_CONFIG"):
            return {}
        raise BadConfiguration(
            f"The configuration file {path} does not exist.", hint="DRAWTHINGS_CONFIG names it.", path=str(path)
        ) from error
    except OSError as error:
        raise BadConfiguration(
            f"The configuration file {path} cannot be read: {reason(error)}.", path=str(path)
        ) from error
    except UnicodeDecodeError:
        # Here and below the cause is left out: it carries the whole text, and the secret may stand in it.
        raise BadConfiguration(f"The configuration file {path} is no UTF-8 text.", path=str(path)) from None

    import re
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+)", str(error))
        line = int(found[1]) if found else None
        where = f"in line {line}" if line else "at its end"
        raise BadConfiguration(
            f"The configuration file {path} is no valid TOML {where}.", path=str(path), line=line
        ) from None


def _content(path: Path) -> _Content:
    content = _read(path)
    _check_keys(content, TOP_KEYS, str(path))
    profiles = content.pop("profiles", {})
    if not isinstance(profiles, Mapping) or not all(isinstance(part, Mapping) for part in profiles.values()):
        raise BadConfiguration(
            f"In {path}, profiles must be tables.", hint="Write a line [profiles.NAME] above them.", field="profiles"
        )
    for name, part in profiles.items():
        _check_keys(part, PROFILE_KEYS, f"profile {name!r} of {path}")
    default = content.pop("profile", None)
    if not isinstance(default, str | None):
        raise BadValue(f"In {path}, profile must be text, not {type(default).__name__}.", field="profile")
    return _Content(content, profiles, default)


def _check_keys(part: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    for key in part:
        if key not in known:
            near = nearest(key, known)
            raise UnknownField(
                f"There is no setting {key!r}, which stands in {where}.",
                hint=f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known)}.",
                field=key,
                suggestions=near,
            )


def _profile(name: str, profiles: Mapping[str, Mapping[str, Any]], path: Path) -> Mapping[str, Any]:
    if name in profiles:
        return profiles[name]
    raise UnknownPreset(
        f"There is no profile {name!r} in {path}.",
        hint=f"There are: {', '.join(profiles)}." if profiles else f"Write one under a line [profiles.{name}].",
        field="profile",
        value=name,
        suggestions=nearest(name, profiles),
    )


def _values(part: Mapping[str, Any], path: Path) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in part.items():
        _check_type(key, value, path)
        # A path counts from the folder of the file that names it.
        values[key] = path.parent / home_expanded(value) if key in PATH_KEYS else value
    if values.get("silence_timeout_s") == 0:
        values["silence_timeout_s"] = None
    file = values.pop("secret_file", None)
    if file is not None:
        values.setdefault("secret", file)
    return values


def _check_type(key: str, value: object, path: Path) -> None:
    if key == "trust":
        right, kind = isinstance(value, bool), "true or false"
    elif key in NUMBER_KEYS:
        right, kind = isinstance(value, int | float) and not isinstance(value, bool), "a number"
    else:
        right, kind = isinstance(value, str), "text"
    if not right:
        raise BadValue(f"In {path}, {key} must be {kind}, not {type(value).__name__}.", field=key)
