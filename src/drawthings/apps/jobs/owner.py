"""Who asks: who waits in line together, and who sees whose pictures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody who asks for pictures.

    Attributes:
        name: Who waits in line together: the name of a key with the user behind it, else an address.
        key: The name of the key; empty without one.
    """

    name: str
    key: str = ""

    @property
    def scope(self) -> str:
        """Who sees each other's jobs and pictures: all users of a key; without keys, one address."""
        return self.key or self.name

    def user(self, name: str) -> Owner:
        """Return the same with a user behind the key, who has a turn of their own."""
        return Owner(f"{self.name}/{name}", self.key or self.name) if name else self
