"""Each finding is provoked and not provoked, and the embedded server, strict, is of the same opinion."""

from __future__ import annotations

import contextlib
import itertools
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import grpc
import numpy as np
import pytest

import guardcases
from barecalls import V1, Raw
from drawthings._generated import imageService_pb2 as pb
from drawthings.catalogue.catalogue import Catalogue
from drawthings.errors import BadMask, BadValue, ConfigError, ModelNotFound, OutOfRange
from drawthings.request.build import Override, build_request
from drawthings.request.choices import Sampler
from drawthings.request.guard import CODES, RULES, files_in_question, inspect, notes, refusal
from drawthings.request.plan import Wishes, plan
from drawthings.request.wishes import Wanted
from drawthings.server.options import ServerOptions
from drawthings.server.run import EmbeddedServer
from guardcases import (
    ADAPTER,
    CASES,
    EDIT,
    ELSEWHERE,
    INPAINT,
    MYSTERY,
    PARTS,
    POSE,
    SCRIBBLE,
    SDXL,
    SDXL_DEPTH,
    TAKEN_AWAY,
    Case,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drawthings.request.build import Order
    from drawthings.request.guard import Finding

SQUARE = np.zeros((512, 512, 3), np.uint8)
DRAWN = np.where(np.arange(512)[None, :, None] < 16, np.uint8(0), np.uint8(255)).repeat(512, 0).repeat(3, 2)
REFUSED = {grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND}


@dataclass(frozen=True)
class Judged:
    """A running strict server, and what it listed at its start."""

    raw: Raw
    catalogue: Catalogue

    def findings(self, order: Order) -> tuple[Finding, ...]:
        """Ask the server about the files, as a client does, and inspect."""
        names = files_in_question(order, self.catalogue)
        reply = self.raw.FilesExist(pb.FileListRequest(files=names))
        return inspect(order, self.catalogue, files=dict(zip(reply.files, reply.existences, strict=True)))

    def verdict(self, order: Order, *, whole: bool = True) -> grpc.StatusCode:
        """Send a request; where it is large, stop as soon as the server has begun."""
        call = self.raw.GenerateImage(build_request(order), timeout=15)
        try:
            for _ in call:
                if not whole:
                    call.cancel()
                    break
        except grpc.RpcError as error:
            return error.code()
        return grpc.StatusCode.OK


@contextlib.contextmanager
def judging() -> Iterator[tuple[Judged, Any]]:
    with EmbeddedServer(ServerOptions(tls=False, model_browser=True, name="judge")) as server:
        store = server._running._store
        upload = store.begin(MYSTERY)
        upload.write(b"mystery")
        upload.finish()
        raw = Raw(server.address)
        reply = raw.Echo(pb.EchoRequest(name="test"))
        lists = {name: getattr(reply.override, name) for name in ("models", "loras", "controlNets", "upscalers")}
        lists["textualInversions"] = reply.override.textualInversions
        yield Judged(raw, Catalogue.from_echo(reply.files, lists)), store
        raw.channel.close()


@pytest.fixture(scope="module")
def judge() -> Iterator[Judged]:
    with judging() as (server, _):
        yield server


@pytest.fixture(scope="module")
def poor() -> Iterator[Judged]:
    """A server that has lost some parts since it listed what it has."""
    with judging() as (server, store):
        for part in PARTS:
            assert store.has(part)
            store.remove(part)
        yield server


def codes(findings: tuple[Finding, ...]) -> dict[str, str]:
    return {finding.code: finding.severity for finding in findings}


def refused(findings: tuple[Finding, ...]) -> bool:
    return "refuse" in codes(findings).values()


def test_every_code_has_a_case():
    assert set(CASES) | ELSEWHERE == set(CODES)
    assert len(CODES) >= 40
    assert len({rule.__name__ for rule in RULES}) == len(RULES)


def test_a_finding_tells_the_setting_to_look_at_by_its_name_in_a_call():
    fields = {row.field for row in CODES.values() if row.field is not None}
    assert fields <= set(Wanted.__annotations__)
    assert {"width", "steps", "sampler", "strength", "guidance_scale", "mask", "hints"} <= fields


def test_a_refusal_and_a_note_carry_the_setting(judge: Judged):
    error = refusal(judge.findings(guardcases.order(**CASES["steps-zero"].provoke)))
    assert error is not None
    assert error.field == "steps"
    told = notes(judge.findings(guardcases.order(**CASES["sampler-not-trailing"].provoke)))
    assert ("sampler-not-trailing", "sampler") in {(note.code, note.field) for note in told}


@pytest.mark.parametrize("code", CASES)
def test_a_finding_is_provoked(judge: Judged, poor: Judged, code: str):
    server = poor if code in TAKEN_AWAY else judge
    findings = server.findings(guardcases.order(**CASES[code].provoke))
    finding = next((each for each in findings if each.code == code), None)
    assert finding is not None, codes(findings)
    assert finding.severity == CODES[code].severity
    assert finding.text.endswith((".", "!"))
    assert finding.fix.endswith(".")
    assert str(finding) == f"{finding.text} {finding.fix}"


@pytest.mark.parametrize("code", CASES)
def test_a_finding_is_not_provoked(judge: Judged, code: str):
    assert code not in codes(judge.findings(guardcases.order(**CASES[code].quiet)))


@pytest.mark.parametrize("code", CASES)
def test_the_strict_server_is_of_the_same_opinion(judge: Judged, poor: Judged, code: str):
    case: Case = CASES[code]
    server = poor if code in TAKEN_AWAY else judge
    order = guardcases.order(**case.provoke)
    if not case.sendable:
        with pytest.raises(ConfigError):
            build_request(order)
    elif refused(server.findings(order)):
        assert server.verdict(order) in REFUSED
    else:
        wanted = grpc.StatusCode.RESOURCE_EXHAUSTED if case.exhausts else grpc.StatusCode.OK
        assert server.verdict(order, whole=case.whole) is wanted
    if CODES[code].severity == "refuse":
        assert refused(server.findings(order))


@pytest.mark.parametrize("code", CASES)
def test_what_is_quiet_goes_through(judge: Judged, code: str):
    order = guardcases.order(**CASES[code].quiet)
    good = not refused(judge.findings(order))
    verdict = judge.verdict(order, whole=CASES[code].whole)
    assert verdict is grpc.StatusCode.OK if good else verdict in REFUSED


def merged(first: str, second: str) -> dict[str, Any]:
    """Put two requests into one; lists are put together, of single values the second one's count."""
    one, two = CASES[first].provoke, CASES[second].provoke
    both = {**one, **two}
    for name in ("loras", "controls", "hints"):
        if name in one and name in two:
            both[name] = [*one[name], *two[name]] if name != "hints" else (*one[name], *two[name])
    return both


MIXED = [code for code, case in CASES.items() if case.sendable and case.whole and not case.exhausts]
PAIRS = random.Random(20).sample(list(itertools.permutations(MIXED, 2)), 150)


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_they_agree_on_mixtures_too(judge: Judged, first: str, second: str):
    order = guardcases.order(**merged(first, second))
    findings = judge.findings(order)
    verdict = judge.verdict(order, whole=False)
    if refused(findings):
        assert verdict in REFUSED
    else:
        assert verdict is grpc.StatusCode.OK, codes(findings)


@pytest.mark.parametrize("strength", [0.7, 0.9, 0.95, 0.9985, 0.9995, 1.0])
@pytest.mark.parametrize("sampler", [Sampler.DDIM, Sampler.LCM, Sampler.DPMPP_2M_KARRAS, Sampler.UNIPC_TRAILING])
@pytest.mark.parametrize("model", [V1, guardcases.Z_IMAGE])
def test_they_agree_where_a_picture_decides_the_size(judge: Judged, model: str, sampler: Sampler, strength: float):
    values = {"model": model, "sampler": sampler, "strength": strength, "image": guardcases.image(130)}
    order = guardcases.order(**values, tiled_diffusion=True, diffusion_tile_width=64, diffusion_tile_overlap=0)
    assert (judge.verdict(order, whole=False) in REFUSED) is refused(judge.findings(order))


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"guidance_scale": 1.0}, "off at 1"),
        ({"loras": [guardcases.LCM]}, "distilled"),
        ({"model": guardcases.FLUX, **guardcases.FLOW}, "built in"),
    ],
)
def test_why_the_negative_prompt_is_not_used(judge: Judged, values: dict[str, Any], why: str):
    findings = judge.findings(guardcases.order(negative_prompt="blurry", **values))
    assert why in next(each.text for each in findings if each.code == "negative-prompt-unused")


def test_a_control_for_clips_reads_the_picture_or_references(judge: Judged):
    values = {"model": "wan_v2.1_14b_720p_q8p.ckpt", "controls": ["wan_v2.1_14b_vace_720p_q8p.ckpt"], "num_frames": 5}
    assert "control-reads-nothing" in codes(judge.findings(guardcases.order(**values)))
    values["hints"] = (guardcases.hint("shuffle", guardcases.PICTURE),)
    assert {"control-reads-nothing", "references-ignored"}.isdisjoint(codes(judge.findings(guardcases.order(**values))))


def test_what_the_fix_says_of_a_slip_of_units(judge: Judged):
    findings = judge.findings(guardcases.order(width=16, height=1024 * 64))
    assert [finding.fix for finding in findings if finding.severity == "refuse"] == [
        "If blocks are meant, use 1024.",
        "If it is 64 times the pixels, use 1024.",
    ]


# --------------------------------------------------------------------------------------------- plans are in order


def test_recommended_settings_are_beyond_reproach(judge: Judged):
    """No model of the built-in list is refused or warned of with what the library itself chooses."""
    told = {}
    for model in judge.catalogue.models:
        for image in (None, SQUARE):
            made = plan(judge.catalogue, Wishes(prompt="a fox", settings={"model": model.file}, image=image))
            grave = [each for each in inspect(made.order, judge.catalogue) if each.severity != "note"]
            expected = {"picture-needed", "edit-model-without-picture", "conditioned-model-without-picture"}
            expected |= {"audio-missing"}
            if found := [each for each in grave if each.code not in expected]:
                told[model.file, image is not None] = found
    assert told == {}


WISHES = {
    "image to image": {"image": SQUARE},
    "inpaint": {"image": SQUARE, "mask": (64, 64, 256, 256)},
    "inpaint with its own model": {"image": SQUARE, "mask": (64, 64, 256, 256), "settings": {"model": INPAINT}},
    "outpaint": {"image": SQUARE, "borders": (0, 0, 128, 0)},
    "upscale": {"image": SQUARE, "settings": {"strength": 0.0}},
    "edit with references": {"image": SQUARE, "references": (SQUARE, SQUARE), "settings": {"model": EDIT}},
    "a pose": {"hints": {"pose": SQUARE}, "settings": {"model": V1, "controls": [POSE]}},
    "depth": {"hints": {"depth": SQUARE}, "settings": {"model": SDXL, "controls": [SDXL_DEPTH]}},
    "scribble": {"hints": {"scribble": DRAWN}, "settings": {"model": V1, "controls": [SCRIBBLE]}},
    "a moodboard": {"hints": {"shuffle": SQUARE}, "settings": {"model": SDXL, "controls": [ADAPTER]}},
}


@pytest.mark.parametrize("wish", WISHES)
def test_what_the_library_makes_of_wishes_is_beyond_reproach(judge: Judged, wish: str):
    made = plan(judge.catalogue, Wishes(prompt="a fox", **WISHES[wish]))
    assert [each for each in judge.findings(made.order) if each.severity != "note"] == []


# -------------------------------------------------------------------------------------- servers that list nothing


def test_a_server_that_lists_nothing_gets_the_benefit_of_the_doubt():
    dark = Catalogue.from_echo([], None)
    assert not refused(inspect(guardcases.order(), dark))
    found = codes(inspect(guardcases.order(model=guardcases.SVD), dark))
    assert found["picture-needed"] == "warn"


def test_what_it_says_of_files_counts_all_the_same():
    dark = Catalogue.from_echo([], None)
    found = inspect(guardcases.order(loras=["x.ckpt"]), dark, files={guardcases.V1: False, "x.ckpt": False})
    assert {"model-missing": "refuse", "lora-missing": "refuse"}.items() <= codes(found).items()


def test_a_lora_on_a_server_that_lists_nothing_may_be_skipped():
    dark = Catalogue.from_echo([], None)
    assert "lora-unknown-to-us" in codes(inspect(guardcases.order(model="flux_1_dev.ckpt", loras=["x.ckpt"]), dark))
    assert "lora-unknown-to-us" not in codes(inspect(guardcases.order(loras=["x.ckpt"]), dark))


def test_a_control_that_may_be_known_may_look_at_any_hint():
    dark = Catalogue.from_echo([], None)
    order = guardcases.order(controls=["x.ckpt"], hints=(guardcases.hint("pose", guardcases.PICTURE),))
    assert "hint-nobody-looks" not in codes(inspect(order, dark))


# ------------------------------------------------------------------------------------------- what becomes of them


def test_findings_become_notes(judge: Judged):
    findings = judge.findings(guardcases.order(model="no.ckpt", batch_count=2, upscaler_scale_factor=2))
    assert [finding.severity for finding in findings] == ["refuse", "warn", "note"]
    made = notes(findings)
    assert [note.severity for note in made] == ["warn", "warn", "note"]
    assert made[1].code == "batch-count-ignored"
    assert made[1].text.endswith("Use batch_size, or ask several times.")


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"model": "no.ckpt"}, ModelNotFound),
        ({"mask": guardcases.mask(0, 2)}, BadMask),
        ({"steps": 0}, OutOfRange),
        ({"hints": (guardcases.hint("moodboard", guardcases.PICTURE),)}, BadValue),
    ],
)
def test_refusals_become_errors(judge: Judged, values: dict[str, Any], error: type[Exception]):
    raised = refusal(judge.findings(guardcases.order(**values)))
    assert type(raised) is error
    assert raised.findings[0].severity == "refuse"
    assert "check=False" in raised.hint
    assert "There" not in raised.hint


def test_several_refusals_are_counted(judge: Judged):
    raised = refusal(judge.findings(guardcases.order(steps=0, batch_size=0, width=0)))
    assert raised is not None
    assert len(raised.findings) == 3
    assert "There are 2 more" in raised.hint
    assert refusal(judge.findings(guardcases.order())) is None


def test_the_files_in_question(judge: Judged):
    order = guardcases.order(
        model=guardcases.SDXL,
        refiner_model=guardcases.SDXL_REFINER,
        controls=[guardcases.ADAPTER],
        loras=[guardcases.TRANSPARENT, MYSTERY],
        upscaler=guardcases.X4,
        face_restoration=guardcases.FACES,
        override=Override(),
    )
    names = files_in_question(order, judge.catalogue)
    wanted = {guardcases.SDXL, guardcases.SDXL_REFINER, guardcases.ADAPTER, guardcases.X4, guardcases.FACES, MYSTERY}
    assert wanted <= set(names)
    assert "open_clip_vit_h14_vision_model_f16.ckpt" in names
    assert len(names) == len(set(names))
    assert files_in_question(guardcases.order(model="no.ckpt"), judge.catalogue) == ("no.ckpt",)
