"""The connection of the asynchronous client, and its questions that bring no pictures.

The synchronous one is generated from this file by ``scripts/unasync.py``.
"""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Self

from drawthings.client import answers, setup
from drawthings.wire._async import AsyncWire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path
    from types import TracebackType

    from drawthings.catalogue.catalogue import Catalogue
    from drawthings.client.answers import FilePresence, ServerInfo
    from drawthings.client.limits import ComputeLimits
    from drawthings.client.upload import Uploaded
    from drawthings.settings import Connection
    from drawthings.wire.parcel import UploadStep


class AsyncSession:
    """A connection to one server, what it has, and what can be put there; ``AsyncDrawThings`` adds the pictures."""

    def __init__(
        self,
        server: str | None = None,
        *,
        secret: str | None = None,
        model: str | None = None,
        profile: str | None = None,
        connection: Connection | None = None,
    ) -> None:
        self.connection = connection or setup.connection_for(server, secret=secret, model=model, profile=profile)
        self._wire = AsyncWire(setup.reachable(self.connection))
        self._catalogue: Catalogue | None = None

    async def echo(self) -> ServerInfo:
        """Say hello to the server.

        Returns:
            Its greeting, whether it lists its models, and whether it accepts our secret. A wrong secret is told in
            the answer, not raised, so that it can be looked at.

        Raises:
            ServerError: It cannot be reached or does not answer.
        """
        return answers.server_info(await self._wire.echo(), self.connection.server)

    async def models(self, *, refresh: bool = False) -> Catalogue:
        """Return what the server has: models, LoRAs, control nets, upscalers and embeddings.

        Args:
            refresh: Ask again even when the list is already known.

        Returns:
            The catalogue; empty and with ``browsable`` False when the server runs without its model browser.

        Raises:
            SecretRequired: The server wants a shared secret, or another one.
            ServerError: It cannot be reached or does not answer.
        """
        if self._catalogue is None or refresh:
            self._catalogue = answers.catalogue(await self._wire.echo(), self.connection)
        return self._catalogue

    async def files_exist(self, files: Iterable[str], *, hashes: bool = False) -> tuple[FilePresence, ...]:
        """Ask which files the server has.

        Args:
            files: File names without folders.
            hashes: Ask for the SHA-256 of each file too; the server reads the whole file for that.

        Returns:
            One entry per file, in the order asked.

        Raises:
            ServerError: It cannot be reached, does not answer, or refuses the secret.
        """
        names = setup.names_of(files)
        reply = await self._wire.files_exist(names, names if hashes else ())
        return answers.presences(names, reply)

    async def upload(
        self,
        path: str | Path,
        name: str | None = None,
        *,
        force: bool = False,
        on_step: Callable[[UploadStep], None] | None = None,
    ) -> Uploaded:
        """Put a file into the server's models folder, unless the very same one is there.

        The file is read twice and never held in memory: its checksum is told before its first byte. An upload that
        breaks off leaves nothing on the server, and can simply be started once more.

        Args:
            path: The file, for example a LoRA.
            name: What it is to be called on the server; by default as here.
            force: Send it even when the server has the very same file.
            on_step: Called with each step, in the thread or task that waits.

        Returns:
            What the server has now; ``sent`` tells whether it had to be sent for that.

        Raises:
            BadValue: The file cannot be read, was changed meanwhile, or has no name that a server may be given.
            SecretRequired: The server wants a shared secret, or another one.
            ServerError: The server cannot be reached, takes no uploads, or failed; where it broke off on the way,
                ``error.confirmed_bytes`` tells how much it had taken.

        Example:
            >>> import drawthings
            >>> with drawthings.DrawThings("mac.local") as server:  # doctest: +SKIP
            ...     done = server.upload("my_lora_f16.ckpt", on_step=lambda step: print(f"{step.progress:.0%}"))
            ...     done.sent, done.replaced
            (True, False)
        """
        from drawthings.client import upload

        async with aclosing(self._wire.upload(upload.parcel_of(path, name), force=force)) as steps:
            async for step in steps:
                if on_step is not None:
                    on_step(step)
        return upload.uploaded(step)

    async def compute_limits(self) -> ComputeLimits | None:
        """Ask how many compute units a request may cost.

        Returns:
            The limits; None from a server that sets none, as every server but the cloud's.

        Raises:
            ServerError: It cannot be reached or does not answer.
        """
        from drawthings.client import limits

        return limits.compute_limits(await self._wire.hours())

    async def signing_key(self) -> str | None:
        """Ask for the key with which the cloud signs what it allows.

        Returns:
            The public key as the server writes it; None from a server that signs nothing, as every server but the
            cloud's.

        Raises:
            ServerError: It cannot be reached or does not answer.
        """
        from drawthings.client import limits

        return limits.signing_key(await self._wire.pubkey())

    async def aclose(self) -> None:
        """Close the connection. A call that is under way is cancelled."""
        await self._wire.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
