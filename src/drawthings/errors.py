"""Every error of this package, in one tree.

Catch ``DrawThingsError`` for all of them, a branch for a kind of trouble, a leaf for one cause::

    DrawThingsError
    ├── ConfigError (ValueError)      a setting is wrong; nothing was sent
    │   ├── UnknownField              no setting of that name; carries the nearest names
    │   ├── UnknownChoice             no such sampler, seed mode …; carries the nearest names
    │   ├── UnknownPreset             no recommended settings or profile of that name
    │   ├── OutOfRange                the number is outside what the server accepts
    │   ├── BadValue                  the value has the wrong type or form
    │   ├── BadConfiguration          JSON, TOML or FlatBuffer bytes that are no configuration
    │   └── BadAddress                text that names no server
    ├── InputError (ValueError)       a picture given as input cannot be used; nothing was sent
    │   ├── BadImage                  not readable as a picture
    │   ├── BadMask                   not usable as a mask
    │   └── BadSize                   the pixel size does not fit what the server needs
    ├── ServerError                   the server or the way to it
    │   ├── Unreachable               nobody answers there (retryable)
    │   ├── TlsMismatch               TLS on one side and not on the other, or a broken certificate
    │   │   ├── CertificateUntrusted  first sight of a certificate that needs your word
    │   │   ├── CertificateChanged    not the certificate seen before
    │   │   └── TlsDowngraded         a server once seen with TLS now answers without
    │   ├── SecretRequired            the shared secret is missing or wrong
    │   ├── TimedOut                  no answer in time (retryable)
    │   ├── Cancelled                 the call was cancelled
    │   ├── Exhausted                 a limit or quota of the server (retryable)
    │   ├── Rejected                  the server refused the request, with its reason
    │   └── ServerCrashed             the server broke while answering (retryable)
    ├── StreamError                   the answer to a generation
    │   ├── Incomplete                it broke off; carries what had arrived
    │   ├── EmptyResult               it ended well but brought no picture
    │   └── BadStream                 it breaks the protocol; carries what had arrived
    ├── TensorError (ValueError)      tensor bytes
    │   ├── BadHeader                 the 68 header bytes make no sense
    │   ├── UnsupportedDatatype       a number type this package does not read
    │   ├── UnsupportedCodec          a compression this package does not read
    │   ├── Truncated                 the payload is shorter than its header says
    │   ├── CorruptPayload            the payload does not decompress
    │   ├── TooLarge                  the header declares more memory than is allowed
    │   └── MissingCodec              the library for that compression is not installed
    ├── CatalogueError                what the server has
    │   └── ModelNotFound             no model, LoRA … of that name; carries the nearest names
    ├── OutputError                   a result cannot be written; carries what was to be written
    ├── BatchError                    many jobs, or many servers
    │   ├── JobFailed                 a job of a batch failed for good
    │   │   └── Poisoned              it took servers down twice, and is not tried on another
    │   └── ManifestMismatch          a batch's folder cannot be used: broken, of another version, or in use
    └── GatewayError                  the gateway does not take a request of its clients
        ├── QueueFull                 too many jobs wait already (retryable)
        ├── RateExceeded              somebody asks more often than is allowed (retryable)
        ├── GatewayClosing            it is shutting down (retryable)
        ├── NoSuchJob                 no job or result of that id, or it belongs to somebody else
        ├── NotAllowed                the key, the host or the page that asks is not one it serves
        ├── BadBody                   the body of the request cannot be read
        └── BodyTooLarge              the body of the request is larger than is allowed

Each error says what happened in its message, what to do about it in ``hint``, and whether the same call may succeed
later in ``retryable``. All of them can be pickled. An error of a lower layer is kept as ``__cause__``.
"""

from __future__ import annotations

from typing import Any, ClassVar


class DrawThingsError(Exception):
    """The root of every error this package raises on purpose.

    Args:
        message: One sentence that names the value and the rule.
        hint: What the user can do about it, or an empty string.
        details: Facts for programs (never needed to understand the message); read with attribute access,
            for example ``error.suggestions``.
    """

    retryable: ClassVar[bool] = False
    """Whether the same call may succeed later without a change."""

    defaults: ClassVar[dict[str, Any]] = {}
    """The details a class promises, with the value they have when nothing was given."""

    def __init__(self, message: str, *, hint: str = "", **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details: dict[str, Any] = {**type(self).defaults, **details}

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - a detail may be anything
        details = self.__dict__.get("details", {})
        if name in details:
            return details[name]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.message, self.hint, self.details)

    def __str__(self) -> str:
        return self.message


def _rebuild(kind: type[DrawThingsError], message: str, hint: str, details: dict[str, Any]) -> DrawThingsError:
    return kind(message, hint=hint, **details)


class ConfigError(DrawThingsError, ValueError):
    """A setting is wrong; nothing was sent."""

    defaults: ClassVar[dict[str, Any]] = {"field": None, "value": None, "suggestions": ()}


class UnknownField(ConfigError):
    """No setting has that name; ``suggestions`` holds the nearest ones."""


class UnknownChoice(ConfigError):
    """No sampler, seed mode or other choice has that name; ``suggestions`` holds the nearest ones."""


class UnknownPreset(ConfigError):
    """No profile or recommended settings of that name; ``suggestions`` holds the nearest ones."""


class OutOfRange(ConfigError):
    """The number is outside the range the server accepts; ``suggestions`` holds the nearest valid ones."""


class BadValue(ConfigError):
    """The value has the wrong type or form for its setting."""


class BadConfiguration(ConfigError):
    """A JSON text, a TOML file or FlatBuffer bytes that are no configuration."""


class BadAddress(ConfigError):
    """Text that names no server."""


class InputError(DrawThingsError, ValueError):
    """A picture given as input cannot be used; nothing was sent."""


class BadImage(InputError):
    """Not readable as a picture."""


class BadMask(InputError):
    """Not usable as a mask."""


class BadSize(InputError):
    """The pixel size does not fit what the server needs."""


class ServerError(DrawThingsError):
    """The server, or the way to it, failed; ``address`` names it where known."""

    defaults: ClassVar[dict[str, Any]] = {"address": None, "code": None}


class Unreachable(ServerError):
    """Nobody answers at that address."""

    retryable = True


class TlsMismatch(ServerError):
    """One side speaks TLS and the other does not, or the certificate cannot be used."""


class CertificateUntrusted(TlsMismatch):
    """First sight of a certificate that is only accepted after the user's word; ``fingerprint`` names it."""

    defaults: ClassVar[dict[str, Any]] = {**ServerError.defaults, "fingerprint": None}


class CertificateChanged(TlsMismatch):
    """The certificate is not the one seen before; ``known`` and ``fingerprint`` hold both fingerprints."""

    defaults: ClassVar[dict[str, Any]] = {**ServerError.defaults, "known": None, "fingerprint": None}


class TlsDowngraded(TlsMismatch):
    """A server that was seen with TLS now answers without."""


class SecretRequired(ServerError):
    """The server wants a shared secret and got none, or a wrong one."""


class TimedOut(ServerError):
    """No answer came in time."""

    retryable = True


class Cancelled(ServerError):
    """The call was cancelled."""


class Exhausted(ServerError):
    """A limit, a quota or the memory of the server is used up."""

    retryable = True


class Rejected(ServerError):
    """The server refused the request; the message holds its reason."""


class ServerCrashed(ServerError):
    """The server broke, or the connection to it, while it was answering."""

    retryable = True


class StreamError(DrawThingsError):
    """The answer to a generation is not what it should be.

    ``images`` and ``audio`` hold everything that had arrived, so that nothing produced is lost: pictures as the
    client's ``Picture`` objects, sound as tensor bytes.
    """

    defaults: ClassVar[dict[str, Any]] = {"images": (), "audio": ()}


class Incomplete(StreamError):
    """The answer broke off inside a picture, or failed after some pictures had arrived; ``__cause__`` says why."""


class EmptyResult(StreamError):
    """The server reported success but sent no picture."""


class BadStream(StreamError):
    """The answer breaks the protocol."""


class TensorError(DrawThingsError, ValueError):
    """Tensor bytes that cannot be read or written."""


class BadHeader(TensorError):
    """The 68 header bytes make no sense."""


class UnsupportedDatatype(TensorError):
    """A number type that this package does not read."""


class UnsupportedCodec(TensorError):
    """A compression that this package does not read."""


class Truncated(TensorError):
    """The payload is shorter than its header says."""


class CorruptPayload(TensorError):
    """The payload does not decompress to what its header says."""


class TooLarge(TensorError):
    """The header declares more memory than is allowed."""


class MissingCodec(TensorError):
    """The library for that compression is not installed."""


class CatalogueError(DrawThingsError):
    """What the server has, or says it has."""


class ModelNotFound(CatalogueError):
    """No model, LoRA, control net or upscaler of that name; ``suggestions`` holds the nearest ones."""

    defaults: ClassVar[dict[str, Any]] = {"kind": "model", "name": None, "suggestions": ()}


class OutputError(DrawThingsError):
    """A result cannot be written; ``path`` names where, ``data`` holds the bytes that were to be written."""

    defaults: ClassVar[dict[str, Any]] = {"path": None, "data": None}


class BatchError(DrawThingsError):
    """Many jobs, or many servers."""


class JobFailed(BatchError):
    """A job of a batch failed for good; ``number`` tells which one, ``error`` the kind of the last error."""

    defaults: ClassVar[dict[str, Any]] = {"number": None, "error": None}


class Poisoned(JobFailed):
    """Servers went away twice in the middle of the same job; it is not tried on another. ``servers`` names them."""

    defaults: ClassVar[dict[str, Any]] = {**JobFailed.defaults, "servers": ()}


class ManifestMismatch(BatchError):
    """A batch's folder cannot be used: it is broken, of another version, or somebody works in it already."""

    defaults: ClassVar[dict[str, Any]] = {"path": None}


class GatewayError(DrawThingsError):
    """The gateway does not take a request of its clients; ``status`` is the HTTP status it answers with."""

    defaults: ClassVar[dict[str, Any]] = {"status": 400}


class QueueFull(GatewayError):
    """Too many jobs wait already; ``retry_s`` tells after how many seconds to ask again."""

    retryable = True
    defaults: ClassVar[dict[str, Any]] = {"status": 429, "retry_s": 10.0}


class RateExceeded(GatewayError):
    """Somebody asks more often than is allowed; ``retry_s`` tells after how many seconds to ask again."""

    retryable = True
    defaults: ClassVar[dict[str, Any]] = {"status": 429, "retry_s": 60.0}


class GatewayClosing(GatewayError):
    """The gateway is shutting down; ``retry_s`` tells after how many seconds it may be back."""

    retryable = True
    defaults: ClassVar[dict[str, Any]] = {"status": 503, "retry_s": 10.0}


class NoSuchJob(GatewayError):
    """No job or result of that id, or it belongs to somebody else, or was forgotten meanwhile."""

    defaults: ClassVar[dict[str, Any]] = {"status": 404}


class NotAllowed(GatewayError):
    """The key, the host name or the page that asks is not one that the gateway serves."""

    defaults: ClassVar[dict[str, Any]] = {"status": 403}


class BadBody(GatewayError):
    """The body of a request cannot be read, has the wrong type, or did not come in time."""


class BodyTooLarge(GatewayError):
    """The body of a request is larger than is allowed; ``limit`` tells how many bytes are."""

    defaults: ClassVar[dict[str, Any]] = {"status": 413, "limit": None}
