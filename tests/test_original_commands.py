"""Every command line of the document this project started from, against the embedded server, as it stands there.

Only the server's address comes from outside (DRAWTHINGS_SERVER).
"""

from __future__ import annotations

import runpy
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

import wirewalk
from drawthings import DrawThings
from drawthings.catalogue.families import FAMILIES

if TYPE_CHECKING:
    from drawthings import EmbeddedServer

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
LIGHTNING = "qwen_image_edit_2511_lightning_4_step_v1.0_lora_f16.ckpt"

GENERATE = {
    '"a cute puppy"': ("output.png", 1024),
    '"sunset over mountains" --size 768 --steps 30 --output sunset.png --negative "blurry, bad quality"': (
        "sunset.png",
        768,
    ),
    '"a serene zen garden with cherry blossoms" --model qwen_image_edit_2511_q6p.ckpt'
    f" --lora {LIGHTNING} --lora-weight 1.0 --steps 4 --cfg 1.0": ("output.png", 1024),
    '"Japanese garden with cherry blossoms" --model z_image_turbo_1.0_q6p.ckpt --size 1024 --steps 8 --cfg 1.0': (
        "output.png",
        1024,
    ),
    '"futuristic cityscape" --model juggernaut_xl_v9_q6p_q8p.ckpt --size 1024 --steps 30': ("output.png", 1024),
    '"professional portrait photo, woman with flowing red hair, soft lighting, bokeh background, 85mm lens"'
    ' --steps 40 --cfg 7.0 --size 768 --negative "cartoon, anime, painting, distorted, blurry" --output portrait.png': (
        "portrait.png",
        768,
    ),
    '"epic mountain landscape at sunset, dramatic clouds, golden hour lighting, photorealistic"'
    " --model juggernaut_xl_v9_q6p_q8p.ckpt --size 1024 --steps 35 --cfg 6.0 --output landscape.png": (
        "landscape.png",
        1024,
    ),
    '"concept art of a futuristic vehicle, sleek design, neon accents"'
    " --model z_image_turbo_1.0_q6p.ckpt --size 1024 --steps 8 --cfg 1.0 --output concept.png": ("concept.png", 1024),
    '"cute cartoon cat wearing a wizard hat" --seed 42 --steps 25 --output cat_wizard.png': ("cat_wizard.png", 1024),
    '"a cat" --latent-size 128 --model juggernaut_xl_v9_q6p_q8p.ckpt --size 1024 -o cat.png': ("cat.png", 1024),
}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DRAWTHINGS_SERVER", address)


def run(script: str, arguments: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [script, *shlex.split(arguments)])
    with pytest.raises(SystemExit) as left:
        runpy.run_path(str(EXAMPLES / script), run_name="__main__")
    assert left.value.code == 0


def size(path: str) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


def sent_size(server: EmbeddedServer) -> tuple[int, int]:
    """The units of 64 pixels on the wire, read without our decoder."""
    fields = wirewalk.message(server.received[-1].message.SerializeToString())
    table = wirewalk.Table(fields[7][0])
    return table.scalar(1, "H"), table.scalar(2, "H")


@pytest.mark.parametrize("arguments", GENERATE)
def test_generate_image(arguments: str, plain_server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    output, side = GENERATE[arguments]
    run("generate_image.py", arguments, monkeypatch)
    assert size(output) == (side, side)
    assert sent_size(plain_server) == (side // 64, side // 64)


@pytest.mark.parametrize("arguments", ["", "--loras", "--server {address}"])
def test_list_models(
    arguments: str, address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run("list_models.py", arguments.format(address=address), monkeypatch)
    text = capsys.readouterr().out
    assert "juggernaut_xl_v9_q6p_q8p.ckpt" in text
    assert (LIGHTNING in text) == (arguments == "--loras")


@pytest.mark.parametrize(
    ("arguments", "output"),
    [
        ('input.png "add warm sunset lighting" --output edited.png --strength 0.7 --steps 10', "edited.png"),
        ('photo.jpg "make it snowy" --strength 0.5 --steps 10', "output.png"),
    ],
)
def test_edit_image(arguments: str, output: str, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = Image.linear_gradient("L").resize((640, 480)).convert("RGB")
    picture.save("input.png")
    picture.save("photo.jpg")
    run("edit_image.py", arguments, monkeypatch)
    width, height = size(output)
    assert abs(width / height - 4 / 3) < 0.05


@pytest.mark.timeout(60)
def test_example_usage(address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["example_usage.py", address, "made"])
    runpy.run_path(str(EXAMPLES / "example_usage.py"), run_name="__main__")
    assert {path.name for path in Path("made").iterdir()} == {
        "boat-1.png",
        "boat.png",
        "lighthouse-winter.png",
        "lighthouse.png",
    }
    assert "step 8 of 8" in capsys.readouterr().out


def test_generate_image_can_be_imported_from_the_script() -> None:
    names = runpy.run_path(str(EXAMPLES / "generate_image.py"))
    assert callable(names["generate_image"])


@pytest.mark.parametrize("version", [name for name, family in FAMILIES.items() if not family.video])
def test_every_family_takes_pixels(version: str, address: str, plain_server: EmbeddedServer) -> None:
    with DrawThings(address) as client:
        model = next((entry for entry in client.models().models if entry.version == version), None)
        if model is None:
            pytest.skip(f"the embedded server lists no model of {version}")
        image = Image.new("RGB", (64, 64), "grey") if model.edits or model.inpaints else None
        result = client.generate("a red boat", model=model.file, width=1024, height=1024, steps=2, image=image)
    assert result.picture.size == (1024, 1024)
    assert sent_size(plain_server) == (16, 16)
