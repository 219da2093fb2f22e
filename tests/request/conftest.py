from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import smallserver

if TYPE_CHECKING:
    from drawthings.catalogue.catalogue import Catalogue


@pytest.fixture
def catalogue() -> Catalogue:
    return smallserver.small_catalogue()
