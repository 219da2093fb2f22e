"""The error tree: documented, picklable, and with the promised details."""

from __future__ import annotations

import inspect
import pickle
import re

import pytest

from drawthings import errors
from drawthings.errors import DrawThingsError, Exhausted, Incomplete, ModelNotFound, OutOfRange, ServerError

LEAVES = sorted(
    (item for item in vars(errors).values() if inspect.isclass(item) and issubclass(item, DrawThingsError)),
    key=lambda item: item.__name__,
)


def drawn_tree() -> dict[str, str]:
    """Read the tree in the module's docstring: each name and the name it hangs on."""
    parents: dict[str, str] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        match = re.match(r"^    ([│├└─ ]*)([A-Z]\w+)", line)
        if match:
            depth = len(match[1]) // 4
            del path[depth:]
            parents[match[2]] = path[-1] if path else "Exception"
            path.append(match[2])
    return parents


def test_the_docstring_draws_the_tree_as_it_is() -> None:
    real = {item.__name__: item.__mro__[1].__name__ for item in LEAVES}
    assert drawn_tree() == real


@pytest.mark.parametrize("kind", LEAVES, ids=lambda kind: kind.__name__)
def test_survives_pickling(kind: type[DrawThingsError]) -> None:
    error = kind("what happened", hint="what to do", extra=3)
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert type(again) is kind
    assert (str(again), again.hint, again.extra, again.details) == ("what happened", "what to do", 3, error.details)


@pytest.mark.parametrize("kind", LEAVES, ids=lambda kind: kind.__name__)
def test_has_a_docstring(kind: type[DrawThingsError]) -> None:
    assert (kind.__doc__ or "").strip().endswith((".", "``"))


def test_promised_details_have_defaults() -> None:
    assert Incomplete("broken").images == ()
    assert ModelNotFound("none").suggestions == ()
    assert OutOfRange("0", field="steps", value=0).field == "steps"


def test_an_unknown_detail_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'ServerError' object has no attribute 'colour'"):
        ServerError("no").colour  # noqa: B018 - the access is the point


def test_branches_are_value_errors_where_a_value_is_wrong() -> None:
    assert issubclass(OutOfRange, ValueError)
    assert not issubclass(ServerError, ValueError)


def test_only_what_may_pass_is_retryable() -> None:
    retryable = {item.__name__ for item in LEAVES if item.retryable}
    gateway = {"QueueFull", "RateExceeded", "GatewayClosing"}
    assert retryable == {"Unreachable", "TimedOut", "Exhausted", "ServerCrashed"} | gateway
    assert Exhausted("full").retryable
