from __future__ import annotations

import csv
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from drawthings.batch.manifest import Manifest
from drawthings.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

SMALL = ["--size", "128", "--steps", "1", "--model", "sd_v1.5_f16.ckpt"]


@pytest.fixture
def prompts(tmp_path: Path) -> str:
    path = tmp_path / "prompts.txt"
    path.write_text("a {red|blue} fox\na wolf\n", encoding="utf-8")
    return str(path)


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["batch", *words])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_list_becomes_a_folder_and_again_nothing(
    prompts: str, tmp_path: Path, address: str, capsys: pytest.CaptureFixture[str]
):
    folder = str(tmp_path / "out")
    command = ("run", prompts, "-o", folder, "-s", address, *SMALL, "--vary", "cfg=1,3", "--seeds", "2")
    code, out, err = run(capsys, *command)
    assert (code, out.strip()) == (0, folder)
    assert "12 done" in err
    assert len(list((tmp_path / "out").glob("*.png"))) == 12
    code, out, _ = run(capsys, *command, "--json", "-q")
    facts = json.loads(out)
    assert (code, facts["done"], facts["this_run"]) == (0, 12, {"done": 0, "repeated": 0})


def test_what_failed_is_told_with_the_way_to_run_only_that_again(
    tmp_path: Path, address: str, capsys: pytest.CaptureFixture[str]
):
    jobs, folder = tmp_path / "jobs.jsonl", str(tmp_path / "out")
    facts: list[dict[str, Any]] = [{"prompt": "a fox", "width": 128, "height": 128, "steps": 1}]
    facts.append({**facts[0], "model": "nothing.ckpt"})
    jobs.write_text("\n".join(map(json.dumps, facts)), encoding="utf-8")
    code, _, err = run(capsys, "run", str(jobs), "-o", folder, "-s", address)
    assert code == 1
    assert f"drawthings batch retry {folder} && drawthings batch resume {folder}" in err
    code, out, _ = run(capsys, "status", folder)
    assert (code, out.splitlines()[0]) == (0, "1 done, 1 failed")
    assert "nothing.ckpt" in out
    code, out, _ = run(capsys, "status", folder, "--json")
    assert json.loads(out)["troubles"][0]["error"] == "ModelNotFound"
    assert run(capsys, "retry", folder, "2")[1].startswith("1 job waits again")
    assert run(capsys, "cancel", folder)[1] == "1 job is cancelled.\n"
    assert run(capsys, "resume", folder, "-s", address, "-q")[0] == 0


def test_what_each_server_did_is_told_at_the_end(
    prompts: str, tmp_path: Path, address: str, capsys: pytest.CaptureFixture[str]
):
    gone = "grpc://127.0.0.1:9"
    folder = str(tmp_path / "out")
    code, _, err = run(capsys, "run", prompts, "-o", folder, "-s", address, "-s", gone, *SMALL)
    assert code == 0
    assert f"{address}: 3 done" in err.splitlines()
    assert any(line.startswith(f"{gone}: 0 done; down: ") for line in err.splitlines())
    code, out, _ = run(capsys, "resume", folder, "-s", address, "--json")
    assert [each["server"] for each in json.loads(out)["servers"]] == [address]


def test_no_server_is_exit_code_3_and_resume_goes_on(
    prompts: str, tmp_path: Path, address: str, capsys: pytest.CaptureFixture[str]
):
    folder = str(tmp_path / "out")
    code, _, err = run(capsys, "run", prompts, "-o", folder, "-s", "grpc://127.0.0.1:9", "--wait", "0", *SMALL)
    assert code == 3
    assert "3 waiting" in err
    assert f"drawthings batch resume {folder}" in err
    assert run(capsys, "resume", folder, "-s", address)[0] == 0
    assert len(list((tmp_path / "out").glob("*.png"))) == 3


def test_misuse_is_exit_code_2(tmp_path: Path, prompts: str, address: str, capsys: pytest.CaptureFixture[str]):
    out = str(tmp_path / "out")
    assert run(capsys, "run", str(tmp_path / "no.txt"), "-o", out, "-s", address)[0] == 2
    assert run(capsys, "run", prompts, "-o", out, "-s", address, "--steps", "0")[0] == 2
    assert run(capsys, "run", prompts, "-o", out, "-s", address, "--vary", "stepz=1")[0] == 2
    assert run(capsys, "run", prompts, "-o", out, "-s", address, "-s", address)[0] == 2
    assert run(capsys, "resume", str(tmp_path / "nowhere"))[0] == 1


def test_a_folder_of_pictures_is_edited(tmp_path: Path, address: str, capsys: pytest.CaptureFixture[str]):
    photos = tmp_path / "photos"
    photos.mkdir()
    Image.new("RGB", (128, 128), "red").save(photos / "boat.png")
    words = ("run", str(photos), "-o", str(tmp_path / "out"), "-s", address, "--edit", "make it winter", *SMALL)
    assert run(capsys, *words)[0] == 0
    assert (tmp_path / "out" / "000001-boat.png").is_file()


def test_loras_and_negative_words_hold_for_all(tmp_path: Path, address: str, capsys: pytest.CaptureFixture[str]):
    prompts, out = tmp_path / "p.txt", tmp_path / "out"
    prompts.write_text("a fox\n", encoding="utf-8")
    lora = ("--lora", "lcm_sd_v1.5_lora_f16.ckpt:0.5", "--negative", "snow")
    assert run(capsys, "run", str(prompts), "-o", str(out), "-s", address, *SMALL, *lora)[0] == 0
    with Manifest(out) as manifest:
        (row,) = manifest.rows("done")
    assert json.loads(row["settings"])["loras"][0]["weight"] == 0.5
    assert json.loads(row["request"])["wanted"]["negative_prompt"] == "snow"


def test_tables_and_sheets(prompts: str, tmp_path: Path, address: str, capsys: pytest.CaptureFixture[str]):
    folder = str(tmp_path / "out")
    run(capsys, "run", prompts, "-o", folder, "-s", address, *SMALL)
    table, sheet = tmp_path / "table.csv", tmp_path / "sheet.jpg"
    assert run(capsys, "export", folder, "-o", str(table))[1].strip() == str(table)
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert [row["prompt"] for row in rows] == ["a red fox", "a blue fox", "a wolf"]
    assert all(row["state"] == "done" and row["sha256"] and row["seed"] and float(row["seconds"]) > 0 for row in rows)
    assert run(capsys, "export", folder, "-o", str(sheet))[0] == 0
    with Image.open(sheet) as picture:
        assert picture.format == "JPEG"
        assert picture.size[0] > 256
    assert run(capsys, "export", folder, "-o", str(tmp_path / "given"))[0] == 0
    names = sorted(path.name for path in (tmp_path / "given").iterdir())
    assert names == ["000001-a-red-fox.png", "000002-a-blue-fox.png", "000003-a-wolf.png", "batch.csv"]
    assert run(capsys, "export", folder, "-o", str(tmp_path / "table.txt"))[0] == 2


def test_parquet_needs_a_library(
    prompts: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    Manifest(tmp_path / "out", create=True).close()
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    code, _, err = run(capsys, "export", str(tmp_path / "out"), "-o", str(tmp_path / "t.parquet"))
    assert code == 2
    assert "PyArrow" in err
    assert run(capsys, "export", str(tmp_path / "out"), "-o", str(tmp_path / "t.png"))[0] == 2
    assert prompts


def test_options_of_generate_hold_for_all_jobs(tmp_path: Path, address: str, capsys: pytest.CaptureFixture[str]):
    words = tmp_path / "negative.txt"
    words.write_text("blurry", encoding="utf-8")
    jobs = tmp_path / "one.txt"
    jobs.write_text("a fox\n", encoding="utf-8")
    folder = tmp_path / "out"
    more = ["--negative-file", str(words), "--user", "alice", "--force", "--fit", "--width", "130", "--height", "128"]
    code, _, err = run(capsys, "run", str(jobs), "-o", str(folder), "-s", address, *SMALL[2:], *more)
    assert code == 0, err
    with Manifest(folder) as manifest:
        (row,) = manifest.rows("done")
    wanted = json.loads(row["request"])["wanted"]
    assert wanted["negative_prompt"] == "blurry"
    assert (wanted["user"], wanted["check"], wanted["fit"]) == ("alice", False, True)
