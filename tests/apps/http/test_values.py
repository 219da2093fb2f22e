from __future__ import annotations

import pytest

from drawthings.apps.http.values import Values
from drawthings.errors import BadValue


@pytest.mark.parametrize(
    ("value", "number"), [(7, 7), ("1.0", 1), (" 2.5 ", 2.5), (None, None), ("", None), (0, 0), ("1e2", 100)]
)
def test_numbers_may_be_in_quotes(value: object, number: float | None):
    assert Values({"cfg_scale": value}).number("cfg_scale") == number


@pytest.mark.parametrize("value", ["a", True, [1], {"a": 1}, "nan", "inf", 10**400])
def test_what_is_no_number_is_refused_by_its_name(value: object):
    with pytest.raises(BadValue, match="cfg_scale must be a number") as refused:
        Values({"cfg_scale": value}).number("cfg_scale")
    assert refused.value.field == "cfg_scale"


def test_whole_numbers_keep_every_digit():
    assert Values({"seed": 2**53 + 1}).whole("seed") == 2**53 + 1
    assert Values({"steps": "8.0"}).whole("steps") == 8
    with pytest.raises(BadValue, match="whole"):
        Values({"steps": 8.5}).whole("steps")


@pytest.mark.parametrize(
    ("value", "flag"), [(True, True), (0, False), (1, True), ("false", False), ("True", True), (None, None), ("", None)]
)
def test_switches_may_be_numbers_or_words(value: object, flag: bool | None):
    assert Values({"enable_hr": value}).flag("enable_hr") is flag


def test_other_things_are_no_switch_no_text_no_object_and_no_list():
    body = {"a": "perhaps", "b": 5, "c": [1], "d": {"x": 1}}
    for name, read in (("a", "flag"), ("b", "text"), ("c", "part"), ("d", "several")):
        with pytest.raises(BadValue, match=f"{name} must be"):
            getattr(Values(body), read)(name)


def test_a_single_value_is_a_list_of_one():
    assert Values({"init_images": "abc"}).several("init_images") == ["abc"]
    assert Values({"init_images": None}).several("init_images") == []


def test_the_password_of_sillytavern_is_gone_at_once():
    values = Values({"url": "http://x", "auth": "me:secret", "prompt": "a fox"})
    assert values.body == {"prompt": "a fox"}
    assert "secret" not in repr(vars(values))


def test_keys_that_nobody_read_are_told_unless_they_say_nothing():
    values = Values({"a": 1, "b": None, "c": [], "d": "", "e": {}, "f": False, "g": 2})
    values.raw("a")
    values.pass_over(["g"])
    assert values.unread == ("f",)


@pytest.mark.parametrize("value", [10**30, -(10**400), 1e300])
def test_numbers_beyond_all_reason_are_none(value: float):
    with pytest.raises(BadValue, match="width must be"):
        Values({"width": value}).whole("width")


def test_half_a_character_is_no_text():
    with pytest.raises(BadValue, match="prompt must be a text"):
        Values({"prompt": "\ud800"}).text("prompt")
