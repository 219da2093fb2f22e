"""The client of the command line: it notes what its server has, for completion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drawthings.cli.memory import remember
from drawthings.client._sync import DrawThings

if TYPE_CHECKING:
    from drawthings import Catalogue


class RememberingClient(DrawThings):
    """A client that notes what its server has."""

    def models(self, *, refresh: bool = False) -> Catalogue:
        """See ``DrawThings.models``."""
        known = self._catalogue
        catalogue = super().models(refresh=refresh)
        if catalogue is not known and catalogue.browsable:
            remember(self.connection.server, catalogue)
        return catalogue
