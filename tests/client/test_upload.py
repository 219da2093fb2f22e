from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drawthings.client.upload import Uploaded, parcel_of, uploaded
from drawthings.errors import BadValue
from drawthings.wire.parcel import UploadStep

if TYPE_CHECKING:
    from pathlib import Path


def test_the_last_step_is_the_result():
    step = UploadStep("done", "a.ckpt", 5, 5, "ab" * 32, sent=True, replaced=True)
    assert uploaded(step) == Uploaded("a.ckpt", 5, "ab" * 32, sent=True, replaced=True)


def test_a_file_goes_under_its_own_name_or_another_one(tmp_path: Path):
    assert parcel_of(tmp_path / "a.ckpt").name == "a.ckpt"
    assert parcel_of("a.ckpt", "b.ckpt").name == "b.ckpt"
    with pytest.raises(BadValue, match="folder"):
        parcel_of("a.ckpt", "../b.ckpt")
