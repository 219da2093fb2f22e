"""Specifications as a server sends them, and entries made of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from drawthings.catalogue.catalogue import Catalogue
from drawthings.catalogue.entries import LoraEntry, ModelEntry, entry_from

FLOW = {"u": {"condition_scale": 1000}}


class Maker:
    """Makes specifications and entries with as little typing as the test at hand allows."""

    @staticmethod
    def spec(file: str, version: str, name: str | None = None, **more: Any) -> dict[str, Any]:
        return {"name": name or file, "file": file, "prefix": "", "version": version, **more}

    def model(self, file: str, version: str, name: str | None = None, **more: Any) -> ModelEntry:
        return entry_from(ModelEntry, self.spec(file, version, name, **more))

    def lora(self, file: str, version: str, name: str | None = None, **more: Any) -> LoraEntry:
        return entry_from(LoraEntry, self.spec(file, version, name, **more))

    @staticmethod
    def catalogue(**lists: list[Any]) -> Catalogue:
        files = lists.pop("files", [])
        return Catalogue.from_echo(files, {key: json.dumps(items).encode() for key, items in lists.items()})


@pytest.fixture
def make() -> Maker:
    return Maker()
