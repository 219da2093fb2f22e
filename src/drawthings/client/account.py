"""What is known of a running job, from its events: what happens now, how far it is and how long it still takes.

Nothing here knows a terminal or a notebook, or reads a clock; whoever shows it does.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from drawthings.client.pace import LONGEST_S, Pace, Speed
from drawthings.stream import events

if TYPE_CHECKING:
    from drawthings.client.answers import StreamEvent
    from drawthings.request.plan import Plan
    from drawthings.wire.parcel import UploadStep

MEGA, GIGA = 1e6, 1e9
ROUNDING = 1e-9

WORDS = {
    events.TextEncoded: "prompt encoded",
    events.ImageEncoded: "picture encoded",
    events.ImageDecoded: "decoded",
    events.SecondPassImageEncoded: "second pass",
    events.SecondPassImageDecoded: "decoded",
    events.FaceRestored: "faces restored",
    events.ImageUpscaled: "upscaled",
    events.AudioArrived: "sound received",
}

UPLOAD_WORDS = {"hashing": "reading", "checking": "asking the server about", "sending": "sending", "done": "sent"}


@dataclass(frozen=True, slots=True)
class Status:
    """How a job stands at one moment.

    Attributes:
        words: What happens, for example ``step 3 of 20``.
        share: How much is done, 0 to 1.
        left_s: Seconds still to go, or None when nobody can know.
        elapsed_s: Seconds since the job began.
    """

    words: str
    share: float
    left_s: float | None
    elapsed_s: float


class Account:
    """Follows one job by its events.

    Args:
        now_s: The time at which the job begins; all others are on the same clock.
    """

    def __init__(self, now_s: float) -> None:
        self._started_s = now_s
        self._request_s = now_s
        self._words = "asking the server"
        self._share = 0.0
        self._pace = Pace()
        self._speed = Speed()
        self._goal: tuple[Pace | Speed, int] | None = None
        self._round, self._rounds = 1, 1
        self._round_s: list[float] = []
        self._film, self._count = False, 0
        self._arrived, self._bytes, self._announced = 0, 0, 0

    @property
    def complete(self) -> bool:
        """Whether everything that was expected has arrived."""
        return 0 < self._count <= self._arrived

    @property
    def film(self) -> bool:
        """Whether a clip is made."""
        return self._film

    def expect(self, plan: Plan, now_s: float) -> None:
        """Note what is going to be made; the request goes out now."""
        settings = plan.configuration
        self._film, self._rounds = plan.model.video, settings.batch_count
        self._count = settings.batch_count * (settings.num_frames if self._film else settings.batch_size)
        self._request_s = now_s
        self.do("waiting for the server")

    def do(self, words: str) -> None:
        """Note something that no event tells, such as a file that is written."""
        self._words, self._goal = words, None

    def take(self, event: StreamEvent, now_s: float) -> None:
        """Note an event of the stream."""
        self._share = event.progress
        self._count_rounds(event.progress, now_s)
        if isinstance(event, events.Sampling | events.SecondPassSampling):
            self._take_step(event, now_s)
        elif isinstance(event, events.RemoteDownload):
            self._take_download(event, now_s)
        elif isinstance(event, events.DownloadExpected):
            self._announced, self._bytes = event.total_bytes, 0
            self.do(f"receiving {amount(event.total_bytes)}")
        elif isinstance(event, events.ImageArrived):
            self._take_image(event)
        elif type(event) in WORDS:
            self.do(WORDS[type(event)])

    def take_upload(self, step: UploadStep, now_s: float) -> None:
        """Note how far an upload is."""
        self._share = step.progress
        if step.stage == "sending":
            self._speed.mark(step.done_bytes, now_s)
            self._goal = (self._speed, step.total_bytes)
        else:
            self._goal = None
        words = f"{UPLOAD_WORDS[step.stage]} {step.name}"
        sending = f", {amount_of(step.done_bytes, step.total_bytes)}" if step.stage == "sending" else ""
        self._words = words + sending

    def status(self, now_s: float) -> Status:
        """Return how the job stands now."""
        words = self._words
        if self._rounds > 1:
            words = f"{self._round}/{self._rounds}: {words}"
        return Status(words, min(1.0, max(0.0, self._share)), self._left_s(now_s), now_s - self._started_s)

    def _left_s(self, now_s: float) -> float | None:
        if self._goal is None:
            return None
        meter, total = self._goal
        left_s = meter.left_s(total, now_s)
        if left_s is None:
            return None
        more = self._rounds - self._round
        if more and meter is self._pace:
            each_s = median(self._round_s) if self._round_s else (self._pace.step_s or 0.0) * total
            left_s += more * each_s
        return left_s if left_s < LONGEST_S else None

    def _count_rounds(self, progress: float, now_s: float) -> None:
        """Notice the next request: each one takes an equal part of the progress."""
        number = min(self._rounds, int(progress * self._rounds + ROUNDING) + 1)
        if number > self._round:
            self._round_s.append((now_s - self._request_s) / (number - self._round))
            self._round, self._request_s = number, now_s
            self._pace.restart()

    def _take_step(self, event: events.Sampling | events.SecondPassSampling, now_s: float) -> None:
        of = f" of {event.steps}" if event.steps else ""
        second = "second pass, " if isinstance(event, events.SecondPassSampling) else ""
        self.do(f"{second}step {event.step}{of}")
        self._pace.mark(event.step, now_s)
        if event.steps:
            self._goal = (self._pace, event.steps)

    def _take_download(self, event: events.RemoteDownload, now_s: float) -> None:
        which = f" {event.item + 1} of {event.items_expected}" if event.items_expected > 1 else ""
        self.do(f"the server downloads file{which}, {amount_of(event.bytes_received, event.bytes_expected)}")
        self._speed.mark(event.bytes_received, now_s)
        if event.bytes_expected:
            self._goal = (self._speed, event.bytes_expected)
            # A download can take longer than the job itself, so the bar is the file's.
            self._share = event.bytes_received / event.bytes_expected

    def _take_image(self, event: events.ImageArrived) -> None:
        self._arrived = event.index + 1
        self._bytes += len(event.blob)
        kind = "frame" if self._film else "picture"
        number = f" {self._arrived}" if self._count != 1 else ""
        of = f" of {self._count}" if self._count > 1 and self._count >= self._arrived else ""
        known = 0 < self._bytes <= self._announced
        size = f", {amount_of(self._bytes, self._announced)}" if known else ""
        self.do(f"{kind}{number}{of} received{size}")


def amount(size: int) -> str:
    """Say a number of bytes in words."""
    return f"{size / GIGA:.1f} GB" if size >= GIGA else f"{size / MEGA:.1f} MB"


def amount_of(done: int, total: int) -> str:
    """Say how many of how many bytes, in one unit."""
    if not total:
        return amount(done)
    unit = GIGA if total >= GIGA else MEGA
    return f"{done / unit:.1f} of {amount(total)}"
