"""The message on the wire, read by code that shares nothing with the package."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np

import wirewalk
from drawthings.request.build import Contents, Hint, Order, Override, build_request, deflated
from drawthings.request.configuration import Configuration
from drawthings.tensor.codec import decode_tensor, encode_tensor
from drawthings.tensor.header import Header

if TYPE_CHECKING:
    import pytest

SETTINGS = Configuration(width=1024, height=768, seed=0, steps=8, model="m.ckpt", sampler="UniPC Trailing", strength=0)


def picturing(**more: Any) -> Order:
    return Order(prompt="x", configuration=SETTINGS, **more)


def walk(order: Order) -> wirewalk.Fields:
    return wirewalk.message(build_request(order).SerializeToString())


def test_the_smallest_request() -> None:
    fields = walk(Order(prompt="ein Fuchs 狐", configuration=SETTINGS))
    assert fields[5] == ["ein Fuchs 狐".encode()]
    assert fields[2] == [1]
    assert fields[11] == [2]
    assert fields[14] == [1]
    assert not {1, 3, 4, 6, 9, 10, 12, 13} & set(fields)


def test_sizes_are_blocks_of_64_and_nothing_is_left_to_defaults() -> None:
    table = wirewalk.Table(walk(Order(prompt="x", configuration=SETTINGS))[7][0])
    assert (table.scalar(1, "H"), table.scalar(2, "H")) == (16, 12)
    assert (table.scalar(3, "I"), table.scalar(4, "I")) == (0, 8)
    assert table.scalar(6, "f") == 0.0
    assert table.text(7) == "m.ckpt"
    assert table.scalar(8, "b") == 17
    assert table.scalar(17, "b") == 2
    assert table.scalar(5, "f") == SETTINGS.guidance_scale
    assert [slot for slot in range(88) if table.place(slot) is not None and slot in {23, 24}] == []


def test_pictures_go_as_hash_and_content_each_once() -> None:
    hints = (Hint("shuffle", ((b"other" * 20, 1.0), (b"picture" * 20, 0.5))), Hint("depth", ()))
    fields = walk(Order(prompt="x", configuration=SETTINGS, image=b"picture" * 20, mask=b"mask" * 20, hints=hints))
    digest = {name: hashlib.sha256(name.encode() * 20).digest() for name in ("picture", "mask", "other")}
    assert fields[1] == [digest["picture"]]
    assert fields[3] == [digest["mask"]]
    assert fields[12] == [b"picture" * 20, b"mask" * 20, b"other" * 20]
    assert len(fields[4]) == 1
    hint = wirewalk.message(fields[4][0])
    assert hint[1] == [b"shuffle"]
    pairs = [wirewalk.message(item) for item in hint[2]]
    assert [(pair[1][0], pair[2][0]) for pair in pairs] == [(digest["other"], 1.0), (digest["picture"], 0.5)]


def test_specifications_are_sent_as_they_came() -> None:
    spec = {"file": "a.ckpt", "version": "flux1", "objective": {"u": {"condition_scale": 1000}}, "note": "<ü>"}
    fields = walk(Order(prompt="x", configuration=SETTINGS, override=Override(models=(spec,), loras=({"file": "l"},))))
    override = wirewalk.message(fields[8][0])
    assert json.loads(override[1][0]) == [spec]
    assert json.loads(override[2][0]) == [{"file": "l"}]
    assert [json.loads(override[number][0]) for number in (3, 4, 5)] == [[], [], []]


def test_equal_orders_have_equal_bytes() -> None:
    one = Order(prompt="x", configuration=SETTINGS, override=Override(models=({"a": 1, "b": 2},)))
    two = Order(prompt="x", configuration=SETTINGS, override=Override(models=({"b": 2, "a": 1},)))
    assert build_request(one).SerializeToString() == build_request(two).SerializeToString()


def test_a_scale_factor_of_nought_never_leaves() -> None:
    assert walk(Order(prompt="x", configuration=SETTINGS, scale_factor=0))[2] == [1]


def test_keywords_and_user() -> None:
    fields = walk(
        Order(prompt="x", configuration=SETTINGS, keywords=("easynegative",), user="me", negative_prompt="blurry")
    )
    assert (fields[9], fields[10], fields[6]) == ([b"easynegative"], [b"me"], [b"blurry"])


def test_pictures_are_packed_and_hashed_once_for_all_requests_of_a_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    picture, mask = encode_tensor(np.full((1, 64, 64, 3), 0.5, np.float16)), encode_tensor(np.zeros((8, 8), np.uint8))
    order = picturing(image=picture, mask=mask, hints=(Hint("shuffle", ((picture, 1.0),)),))
    contents = Contents("deflate")
    first = build_request(order, contents)
    monkeypatch.setattr("drawthings.request.build.hashlib", None)
    assert build_request(order, contents).SerializeToString() == first.SerializeToString()
    sent, packed_mask = first.contents
    assert len(sent) < len(picture) / 10
    assert Header.parse(memoryview(sent)).codec == 0x217
    np.testing.assert_array_equal(decode_tensor(sent), decode_tensor(picture))
    np.testing.assert_array_equal(decode_tensor(packed_mask), decode_tensor(mask))
    assert first.image == hashlib.sha256(sent).digest() == first.hints[0].tensors[0].tensor


def test_what_is_packed_already_or_does_not_shrink_is_sent_as_it_is() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (32, 32), dtype=np.uint8)
    for blob in (encode_tensor(noise), encode_tensor(np.zeros((64, 64), np.uint8), codec="deflate")):
        assert deflated(blob) is blob


def test_by_default_pictures_are_sent_as_they_are() -> None:
    picture = encode_tensor(np.zeros((1, 64, 64, 3), np.float16))
    assert list(build_request(picturing(image=picture)).contents) == [picture]
