"""Batches as programs use them."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from drawthings import Batch, Lora
from drawthings.errors import BadConfiguration, BadValue, ManifestMismatch, OutputError, UnknownField

if TYPE_CHECKING:
    from pathlib import Path

SMALL = {"width": 128, "height": 128, "steps": 1}


def test_prompts_and_keywords_become_pictures(tmp_path: Path, fleet: Any, addresses: Any):
    batch = Batch(tmp_path)
    jobs = ["a {red|blue} fox", {"prompt": "a wolf", "steps": 2, "loras": [Lora("lcm_sd_v1.5_lora_f16.ckpt", 0.5)]}]
    settings = {**SMALL, "model": "sd_v1.5_f16.ckpt"}
    tally = batch.run(jobs, addresses(fleet(2)), settings=settings, seeds=2, form="jpg")
    assert (tally.done, tally.stopped) == (6, None)
    assert sum(each.done for each in tally.servers) == 6
    assert batch.counts() == {"waiting": 0, "running": 0, "done": 6, "failed": 0, "poison": 0, "cancelled": 0}
    rows = list(batch.jobs("done"))
    assert [json.loads(row["settings"])["steps"] for row in rows] == [1, 1, 1, 1, 2, 2]
    assert json.loads(rows[-1]["settings"])["loras"][0]["weight"] == 0.5
    assert all((tmp_path / made.path).suffix == ".jpg" for row in rows for made in row["files"])


async def test_a_program_with_a_loop_of_its_own(tmp_path: Path, fleet: Any, addresses: Any):
    servers = addresses(fleet(1))
    batch = Batch(tmp_path)
    assert (await batch.run_async(["a fox"], servers, settings=SMALL)).done == 1
    # As in a notebook, whose loop runs while a cell is waited for.
    assert batch.run(["a wolf"], servers, settings=SMALL).done == 1
    assert batch.counts()["done"] == 2


def test_jobs_are_cancelled_retried_and_gone_on_with(tmp_path: Path, fleet: Any, addresses: Any):
    servers = addresses(fleet(1))
    batch = Batch(tmp_path)
    jobs = [{"prompt": "a fox", **SMALL}, {"prompt": "a wolf", "model": "nothing.ckpt", **SMALL}]
    assert batch.run(jobs, servers).failed == 1
    (trouble,) = batch.jobs("failed")
    assert trouble["error"] == "ModelNotFound"
    assert batch.retry(trouble["number"]) == 1
    assert batch.cancel() == 1
    tally = batch.resume(servers)
    assert (tally.done, tally.before, tally.aside, batch.counts()["cancelled"]) == (0, 1, 1, 1)


def test_settings_vary(tmp_path: Path, fleet: Any, addresses: Any):
    batch = Batch(tmp_path)
    vary = {"steps": [1, 2], "guidance_scale": [2.0, 3.0]}
    batch.run(["a fox"], addresses(fleet(2)), settings=SMALL, vary=vary)
    made = [json.loads(row["settings"]) for row in batch.jobs("done")]
    assert [(each["steps"], each["guidanceScale"]) for each in made] == [(1, 2.0), (1, 3.0), (2, 2.0), (2, 3.0)]
    assert len({each["seed"] for each in made}) == 1


def test_what_makes_no_sense_starts_nothing(tmp_path: Path):
    batch = Batch(tmp_path / "b")
    with pytest.raises(ManifestMismatch, match="no batch"):
        batch.resume(["grpc://127.0.0.1:9"])
    with pytest.raises(UnknownField, match="job 2"):
        batch.run(["a fox", {"prompt": "a wolf", "stepz": 4}], ["grpc://127.0.0.1:9"])
    with pytest.raises(BadConfiguration, match="job 1"):
        batch.run([7], ["grpc://127.0.0.1:9"])  # type: ignore[list-item]
    assert batch.counts()["waiting"] == 0


def test_a_folder_a_table_and_sheets_of_what_was_made(tmp_path: Path, fleet: Any, addresses: Any):
    batch = Batch(tmp_path / "b")
    batch.run(["a red fox", "a wolf"], addresses(fleet(1)), settings=SMALL)
    (folder,) = batch.export(tmp_path / "given")
    assert sorted(path.name for path in folder.glob("*.png")) == ["000001-a-red-fox.png", "000002-a-wolf.png"]
    rows = list(csv.DictReader((folder / "batch.csv").read_text("utf-8").splitlines()))
    assert [row["sampler"] for row in rows] == [row["sampler"] for row in rows if not row["sampler"].isdigit()]
    assert all(row["started"] < row["ended"] and row["ended"].endswith("+00:00") for row in rows)
    (sheet,) = batch.export(tmp_path / "sheet.png")
    with Image.open(sheet) as picture:
        assert picture.size[0] > 256
    with pytest.raises(BadValue, match="own folder"):
        batch.export(tmp_path / "b")
    (tmp_path / "b" / "000001.png").unlink()
    with pytest.raises(OutputError, match="cannot be copied"):
        batch.export(tmp_path / "again")


def test_a_parquet_table_has_the_columns_of_the_csv(tmp_path: Path, fleet: Any, addresses: Any):
    parquet = pytest.importorskip("pyarrow.parquet")
    batch = Batch(tmp_path / "b")
    batch.run(["a fox"], addresses(fleet(1)), settings=SMALL)
    (table,) = batch.export(tmp_path / "t.parquet")
    (text,) = batch.export(tmp_path / "t.csv")
    (row,) = parquet.read_table(table).to_pylist()
    assert list(row) == text.read_text("utf-8").splitlines()[0].split(",")
    assert (row["state"], row["prompt"], row["steps"], row["file"]) == ("done", "a fox", 1, "000001.png")
