"""Settings of the app's JSON that this package does not know, kept so that they can be written back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from drawthings.errors import BadConfiguration
from drawthings.request.values import shown


class Extra(Mapping[str, Any]):
    """An immutable mapping of unknown JSON keys to their values, in the order in which they were read.

    It can be hashed, pickled and compared; what is read from it are copies, so that changing a list in one does not
    change the configuration. 1, 1.0 and true are different values here, as they are in a JSON file.

    Args:
        values: Keys and values as ``json.loads`` gives them; nothing for an empty one.

    Raises:
        BadConfiguration: A key is no text, or a value is not something JSON can say.
    """

    __slots__ = ("_canonical", "_text")

    def __init__(self, values: Mapping[str, Any] | None = None) -> None:
        plain = dict(values or {})
        wrong = next((key for key in plain if not isinstance(key, str)), None)
        if wrong is not None:
            raise BadConfiguration(
                f"An extra setting is named {shown(wrong)}, which is no text.",
                hint="JSON keys are texts; put it in quotes.",
                value=wrong,
            )
        try:
            self._text = json.dumps(plain, allow_nan=False, ensure_ascii=False)
            self._canonical = json.dumps(plain, allow_nan=False, ensure_ascii=False, sort_keys=True)
            self._text.encode()
        except (TypeError, ValueError, RecursionError) as error:
            raise BadConfiguration(
                f"The extra settings {shown(plain)} are not something JSON can say.",
                hint="Use texts, finite numbers, true, false, null, lists and objects only.",
                value=plain,
            ) from error

    def _values(self) -> dict[str, Any]:
        values: dict[str, Any] = json.loads(self._text)
        return values

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401 - any JSON value
        return self._values()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values())

    def __len__(self) -> int:
        return len(self._values())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Extra):
            return self._canonical == other._canonical
        return self._values() == other if isinstance(other, dict) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._canonical)

    def __repr__(self) -> str:
        return f"Extra({self._values()!r})"


NOTHING = Extra()
"""No unknown keys."""
