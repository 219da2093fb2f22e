"""A fair line: owners take turns, and each owner's own are first come, first served. Nothing here waits."""

from __future__ import annotations

from collections import Counter, OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

ItemT = TypeVar("ItemT", bound="Hashable")

PASSED_AT_MOST = 2
"""How often something that could be done is passed over for what can be done at less cost."""


class Line(Generic[ItemT]):
    """Who is next when several owners wait.

    Each owner has a line of their own; the heads of these lines take turns. Who had a turn goes behind all others, so
    that a hundred jobs of one owner delay another owner's job by one.
    """

    def __init__(self) -> None:
        self._lines: OrderedDict[str, list[ItemT]] = OrderedDict()
        self._owners: dict[ItemT, str] = {}
        self._passed: Counter[ItemT] = Counter()

    def join(self, owner: str, item: ItemT) -> None:
        """Put something at the end of its owner's line."""
        self._lines.setdefault(owner, []).append(item)
        self._owners[item] = owner

    def back(self, owner: str, item: ItemT) -> None:
        """Put something at the head of its owner's line, and let that owner have the next turn."""
        self._lines.setdefault(owner, []).insert(0, item)
        self._lines.move_to_end(owner, last=False)
        self._owners[item] = owner

    def first(self, item: ItemT) -> None:
        """Bring something to the head of its owner's own line; nobody else waits longer for that."""
        line = self._lines[self._owners[item]]
        line.remove(item)
        line.insert(0, item)

    def leave(self, item: ItemT) -> bool:
        """Take something out of the line; return whether it was there."""
        owner = self._owners.pop(item, None)
        if owner is None:
            return False
        del self._passed[item]
        self._lines[owner].remove(item)
        if not self._lines[owner]:
            del self._lines[owner]
        return True

    def take(
        self, fits: Callable[[ItemT], bool] = lambda _: True, suits: Callable[[ItemT], bool] = lambda _: True
    ) -> ItemT | None:
        """Take out who is next.

        Args:
            fits: Tells whether something could be done now; what cannot keeps its place.
            suits: Tells whether now is a good moment for it. What suits goes before what does not, but passes nothing
                that was passed over twice already.

        Returns:
            The first in the order of turns that fits and suits, else the first that fits, or None.
        """
        passed: list[ItemT] = []
        for item in self:
            if not fits(item):
                continue
            if suits(item):
                self._passed.update(passed)
                return self._taken(item)
            passed.append(item)
            if self._passed[item] >= PASSED_AT_MOST:
                break
        return self._taken(passed[0]) if passed else None

    def _taken(self, item: ItemT) -> ItemT:
        owner = self._owners[item]
        self.leave(item)
        if owner in self._lines:
            self._lines.move_to_end(owner)
        return item

    def __iter__(self) -> Iterator[ItemT]:
        """Go through all in the order in which they would be taken now."""
        lines = [list(line) for line in self._lines.values()]
        for place in range(max(map(len, lines), default=0)):
            yield from (line[place] for line in lines if place < len(line))

    def __len__(self) -> int:
        return len(self._owners)

    def __contains__(self, item: object) -> bool:
        return item in self._owners
