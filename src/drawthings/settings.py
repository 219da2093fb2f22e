"""How to reach a server: small frozen dataclasses, filled from arguments, the environment and a TOML file.

What is given explicitly wins over the environment, the environment over the profile, the profile over the defaults.

The file is ``config.toml`` in the user's configuration folder for ``drawthings`` (``~/.config/drawthings`` on Linux,
``~/Library/Application Support/drawthings`` on macOS), or what ``DRAWTHINGS_CONFIG`` names. Keys at its top count for
every profile; ``profile`` names the one that counts when none is asked for::

    profile = "studio"
    silence_timeout_s = 1200        # 0: wait for ever

    [profiles.studio]
    server = "studio.local:7859"
    model = "qwen_image_edit_2511_q8p.ckpt"
    secret_file = "studio.secret"   # beside this file

Nothing heavy is imported here, and nothing is read before ``Connection.from_environment`` is called.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, cast, get_args

from drawthings.errors import BadValue, OutOfRange, UnknownChoice
from drawthings.profiles import environment_values, home_expanded, nearest, profile_values, reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DEFAULT_SERVER: Final = "localhost:7859"

TlsMode = Literal["auto", "on", "off"]
UploadCodec = Literal["auto", "raw", "deflate"]


class Secret:
    """A shared secret that does not show itself: ``repr`` and ``str`` give asterisks.

    Args:
        text: The secret.

    Raises:
        BadValue: It is no text, or no text that can be sent as UTF-8.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            raise BadValue("The shared secret must be text.", field="secret")
        try:
            text.encode()
        except UnicodeEncodeError:
            # Without the cause: its text quotes the secret.
            raise BadValue("The shared secret holds characters that no UTF-8 text has.", field="secret") from None
        self._text = text

    @classmethod
    def from_file(cls, path: str | Path) -> Secret:
        """Read a secret from a file; one newline at its end does not belong to it.

        Raises:
            BadValue: The file cannot be read, or holds no UTF-8 text.
        """
        try:
            data = home_expanded(path).read_bytes()
        except OSError as error:
            raise BadValue(
                f"The secret file {str(path)!r} cannot be read: {reason(error)}.", field="secret_file", value=str(path)
            ) from error
        try:
            text = data.decode()
        except UnicodeDecodeError:
            raise BadValue(
                f"The secret file {str(path)!r} holds no UTF-8 text.", field="secret_file", value=str(path)
            ) from None
        return cls(text.removesuffix("\n").removesuffix("\r"))

    def reveal(self) -> str:
        """Return the secret itself, to be sent and never to be shown."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return self._text == other._text if isinstance(other, Secret) else NotImplemented

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __repr__(self) -> str:
        return "Secret('********')"

    def __str__(self) -> str:
        return "********"

    def __reduce__(self) -> tuple[type[Secret], tuple[str]]:
        return Secret, (self._text,)


@dataclass(frozen=True, slots=True)
class Tls:
    """How the connection is encrypted, and whom to trust.

    Attributes:
        mode: ``auto`` recognises what the server speaks and never goes back to plaintext once TLS was seen; ``on``
            and ``off`` insist. An address that begins with ``grpc://`` or ``grpcs://`` wins over it.
        ca_file: A PEM file with the certificate authority that signed the server's certificate. It stands in place of
            the system's, and with it a server without TLS is refused.
        trust: Accept the certificate of a public server on first sight. Private ones are accepted anyway; a changed
            certificate never is.
        known_servers: The file that remembers certificates; by default what ``DRAWTHINGS_KNOWN_SERVERS`` names, else
            ``known_servers`` in the user's configuration folder.

    Raises:
        UnknownChoice: There is no such mode.
    """

    mode: TlsMode = "auto"
    ca_file: Path | None = None
    trust: bool = False
    known_servers: Path | None = None

    def __post_init__(self) -> None:
        _check_choice("tls", "TLS mode", self.mode, get_args(TlsMode))
        for name in ("ca_file", "known_servers"):
            path = getattr(self, name)
            if path is not None:
                object.__setattr__(self, name, home_expanded(path))


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait.

    Attributes:
        connect_s: Seconds until the server has taken the connection, name look-up and TLS included.
        unary_s: Seconds until a question with one answer is answered. A server that was told to answer in turn
            (``--echo-on-queue``) answers only after the generation before.
        silence_s: Seconds without any message while a generation is under way; None waits for ever. A server says
            nothing while a job waits in its queue or while it loads a model, so this should be generous.

    Raises:
        BadValue: A limit is no number.
        OutOfRange: A limit is not above 0.
    """

    connect_s: float = 10.0
    unary_s: float = 30.0
    silence_s: float | None = 600.0

    def __post_init__(self) -> None:
        for name in ("connect_s", "unary_s"):
            _check_number(name, getattr(self, name), above=0)
        if self.silence_s is not None:
            _check_number("silence_s", self.silence_s, above=0)


@dataclass(frozen=True, slots=True)
class Retry:
    """How often to try again what may succeed later; a generation or an upload only where it cannot have arrived.

    Attributes:
        tries: How often to try altogether; 1 never repeats.
        first_s: Seconds before the second try.
        factor: How much longer each further pause is.
        most_s: The longest pause in seconds.

    Raises:
        BadValue: A value is no number, or ``tries`` no whole one.
        OutOfRange: A value is too small.
    """

    tries: int = 3
    first_s: float = 0.25
    factor: float = 2.0
    most_s: float = 8.0

    def __post_init__(self) -> None:
        _check_number("tries", self.tries, least=1)
        if not isinstance(self.tries, int):
            raise BadValue("The number of tries must be a whole number.", field="tries", value=self.tries)
        _check_number("first_s", self.first_s, least=0)
        _check_number("factor", self.factor, least=1)
        _check_number("most_s", self.most_s, least=0)

    def pauses(self) -> Iterator[float]:
        """Yield the seconds to wait before each further try."""
        pause = self.first_s
        for _ in range(self.tries - 1):
            yield min(pause, self.most_s)
            pause = min(pause * self.factor, self.most_s)


@dataclass(frozen=True, slots=True)
class Connection:
    """Everything about the way to one server.

    Attributes:
        server: The address as text; it is read when a client is made with it.
        model: The model to use when a call names none.
        secret: The server's shared secret.
        tls: Encryption and trust.
        timeouts: How long to wait.
        retry: How often to try again.
        upload_codec: How the pictures of a request are packed. ``raw`` costs no time; ``deflate`` sends half the bytes
            or fewer and takes some 20 ms for a picture of 1024x1024. ``auto`` is ``raw`` for this machine and private
            networks, ``deflate`` for servers beyond. UNVERIFIED: that servers read deflated pictures follows from their
            source only; should one refuse them, ``raw`` is the way out.

    Raises:
        UnknownChoice: There is no such way to pack.
    """

    server: str = DEFAULT_SERVER
    model: str | None = None
    secret: Secret | None = None
    tls: Tls = field(default_factory=Tls)
    timeouts: Timeouts = field(default_factory=Timeouts)
    retry: Retry = field(default_factory=Retry)
    upload_codec: UploadCodec = "auto"

    def __post_init__(self) -> None:
        _check_choice("upload_codec", "upload codec", self.upload_codec, get_args(UploadCodec))
        # A plain string would show itself in the repr, so it is never kept as one.
        if self.secret is not None and not isinstance(self.secret, Secret):
            object.__setattr__(self, "secret", Secret(self.secret))

    @classmethod
    def from_environment(
        cls,
        profile: str | None = None,
        *,
        server: str | None = None,
        model: str | None = None,
        secret: Secret | None = None,
        tls: Tls | TlsMode | None = None,
        tls_ca: str | Path | None = None,
        trust: bool | None = None,
    ) -> Connection:
        """Put the connection together from the arguments, the environment and the configuration file.

        Args:
            profile: A section of the file; by default what ``DRAWTHINGS_PROFILE``, else the file itself says.
            server: The address.
            model: The model when a call names none.
            secret: The shared secret.
            tls: The mode; or everything about TLS at once, and then nothing else about it counts.
            tls_ca: The certificate authority.
            trust: Accept the certificate of a public server on first sight.

        Returns:
            The connection. Deadlines and retries come from the file; ``dataclasses.replace`` sets others.

        Raises:
            UnknownPreset: There is no such profile.
            BadConfiguration: The file cannot be read; ``error.line`` is the line where it breaks.
            UnknownField: The file has a key that means nothing; ``error.suggestions`` has the nearest ones.
            ConfigError: A value makes no sense.
        """
        given = {"server": server, "model": model, "secret": secret, "tls": tls, "tls_ca": tls_ca, "trust": trust}
        values = profile_values(profile) | environment_values()
        values |= {name: value for name, value in given.items() if value is not None}
        return cls(
            server=values.get("server", DEFAULT_SERVER),
            model=values.get("model"),
            secret=_secret(values.get("secret")),
            tls=_tls(values),
            timeouts=Timeouts(**_part(values, TIMEOUT_KEYS)),
            retry=Retry(**_part(values, RETRY_KEYS)),
            upload_codec=cast("UploadCodec", str(values.get("upload_codec", "auto")).lower()),
        )


# Keys of the file, and the attribute that each stands for.
TIMEOUT_KEYS: Final = {"connect_timeout_s": "connect_s", "unary_timeout_s": "unary_s", "silence_timeout_s": "silence_s"}
RETRY_KEYS: Final = {
    "retry_tries": "tries",
    "retry_first_s": "first_s",
    "retry_factor": "factor",
    "retry_most_s": "most_s",
}


def _secret(value: Secret | str | Path | None) -> Secret | None:
    if isinstance(value, Path):
        return Secret.from_file(value)
    return Secret(value) if isinstance(value, str) else value


def _tls(values: Mapping[str, Any]) -> Tls:
    tls = values.get("tls", "auto")
    if isinstance(tls, Tls):
        return tls
    return Tls(
        mode=cast("TlsMode", str(tls).lower()),
        ca_file=values.get("tls_ca"),
        trust=values.get("trust", False),
        known_servers=values.get("known_servers"),
    )


def _part(values: Mapping[str, Any], keys: Mapping[str, str]) -> dict[str, Any]:
    return {name: values[key] for key, name in keys.items() if key in values}


def _check_choice(name: str, what: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise UnknownChoice(
            f"The {what} {value!r} is none of {', '.join(choices)}.",
            field=name,
            value=value,
            suggestions=nearest(str(value).lower(), choices) or choices,
        )


def _check_number(name: str, value: object, *, above: float | None = None, least: float | None = None) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadValue(f"{name} must be a number, not {type(value).__name__}.", field=name, value=value)
    too_small = (above is not None and value <= above) or (least is not None and value < least)
    if too_small or not math.isfinite(value):
        rule = f"above {above}" if above is not None else f"at least {least}"
        raise OutOfRange(f"{name} is {value}, but must be a finite number {rule}.", field=name, value=value)
