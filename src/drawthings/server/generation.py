"""One generation: it waits in line, passes its signposts, paints, and hands its messages over.

The painting happens on the line's own thread; the call that asked for it reads the messages on another. So a client
that reads slowly, or not at all, holds nobody up.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from typing import TYPE_CHECKING

import grpc

from drawthings._generated import imageService_pb2 as pb
from drawthings.request.choices import Sampler
from drawthings.server.course import Path
from drawthings.server.easel import Easel
from drawthings.server.refusal import WRONG_SECRET, Refusal
from drawthings.server.results import result_messages
from drawthings.server.signposts import announced, signpost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from drawthings.server.course import Pass
    from drawthings.server.options import ServerOptions
    from drawthings.server.pace import Pace
    from drawthings.server.reading import Reading
    from drawthings.tensor.codec import CodecName

_log = logging.getLogger("drawthings.server")


class _Cancelled(Exception):
    """The client does not want the result any more."""


class Generation:
    """One generation.

    Args:
        number: Which one it is since the server started, for the log.
        reading: What is asked for.
        options: How the server behaves.
        pace: How long things take, and what goes wrong by itself.
        crash: Takes the whole server down.
    """

    def __init__(
        self, number: int, reading: Reading, options: ServerOptions, pace: Pace, crash: Callable[[], None]
    ) -> None:
        self._number = number
        self._reading = reading
        self._options = options
        self._pace = pace
        self._crash = crash
        self._mishap_due = True
        self._announced = announced(reading.course)
        self._messages: queue.SimpleQueue[pb.ImageGenerationResponse | Refusal | None] = queue.SimpleQueue()
        self._cancelled = threading.Event()
        self._where = "before it began"
        self._ender = "the client"

    def cancel(self) -> None:
        """Let it stop at the next signpost; does nothing after its end."""
        self._cancelled.set()
        # Whoever reads the messages need not wait for that.
        self._messages.put(None)

    def refuse(self, refusal: Refusal) -> None:
        """End it with a status, after the messages that are there already."""
        self._ender = "the end of the server"
        self._messages.put(refusal)
        self._cancelled.set()

    def answers(self) -> Iterator[pb.ImageGenerationResponse]:
        """Give the messages as they come.

        Raises:
            Refusal: Painting broke.
        """
        while (message := self._messages.get()) is not None:
            if isinstance(message, Refusal):
                raise message
            yield message

    def run(self) -> None:
        """Do it all; on the line's thread."""
        try:
            self._paint()
        except _Cancelled:
            _log.info("generation %d: cancelled by %s %s", self._number, self._ender, self._where)
        except Refusal as refusal:
            _log.info("generation %d: failed %s, %s", self._number, self._where, refusal.details)
            self._messages.put(refusal)
        except Exception:  # noqa: BLE001 - the call must end whatever broke, and the line go on
            _log.exception("generation %d: broke", self._number)
            self._messages.put(Refusal(grpc.StatusCode.INTERNAL, WRONG_SECRET))
        finally:
            self._messages.put(None)

    # ------------------------------------------------------------------------------------------------ the stages

    def _paint(self) -> None:
        reading, course = self._reading, self._reading.course
        self._pace.load(reading.model.file, self._cancelled)
        # What cannot end in a picture is not painted, but goes through the motions.
        codec: CodecName = "auto" if self._options.response_compression else "raw"
        easel = None
        if not reading.doomed:
            previews = any(self._shown(stage) for stage in (course.first, course.second) if stage is not None)
            easel = Easel(reading, codec=codec, sketches=self._options.sketch, previews=previews)
        self._tell("textEncoded")
        if course.path is not Path.UPSCALE:
            if course.encodes:
                self._tell("imageEncoded")
            # The official server tells of encoded controls this way, whether there are any or not.
            self._tell("imageEncoded")
            self._sample("sampling", course.first, easel)
            self._tell("imageDecoded")
            if course.second is not None:
                self._tell("secondPassImageEncoded")
                self._tell("imageEncoded")
                self._sample("secondPassSampling", course.second, easel)
                self._tell("secondPassImageDecoded")
            if course.restores_faces:
                self._tell("faceRestored")
            if course.upscale > 1:
                self._tell("imageUpscaled")
        images: list[bytes] = []
        sound: list[bytes] = []
        if easel is not None:
            easel.advance(1, self._check)
            images, sound = easel.images, easel.sound()
        self._meet_mishap()
        self._pace.finish()
        for message in result_messages(images, sound, scale_factor=course.upscale, chunked=reading.chunked):
            self._messages.put(message)
        _log.info("generation %d: done, %d results", self._number, len(images))

    def _sample(self, name: str, stage: Pass, easel: Easel | None) -> None:
        """Pass the steps of one round of sampling; the pictures are painted along the way."""
        shown = self._shown(stage)
        for step in range(stage.start, stage.steps):
            done, started_s = step - stage.start, time.monotonic()
            preview = easel.preview(stage, done, self._check) if step in shown and easel is not None else None
            self._tell(name, done, of=stage.runs, preview=preview)
            if easel is not None and stage is self._reading.course.first:
                easel.advance((done + 1) / stage.runs, self._check)
            share = stage.runs / 2 - done
            if 0 < share <= 1:
                self._pace.step(started_s, self._cancelled, share=share)
                self._check()
                self._meet_mishap()
            self._pace.step(started_s, self._cancelled)
            self._check()
        self._tell(name, stage.runs, of=stage.runs)

    def _shown(self, stage: Pass) -> frozenset[int]:
        """Return the steps of a round that come with a preview.

        Source:
            `Libraries/SwiftDiffusion/Sources/Samplers`.
        """
        first = stage.start if self._reading.configuration.sampler is Sampler.PLMS else stage.start + 1
        late = max(stage.start, stage.steps // 2)
        return frozenset(step for step in range(first, stage.steps) if step > late or step % 2 == 1)

    def _tell(self, name: str, step: int = 0, *, of: int | None = None, preview: bytes | None = None) -> None:
        """Pass a signpost, which is where the official server looks whether to stop."""
        message = pb.ImageGenerationResponse(
            currentSignpost=signpost(name, step), signposts=self._announced, previewImage=preview
        )
        self._messages.put(message)
        self._where = f"at {name}" if of is None else f"at {name} {step} of {of}"
        self._check()

    def _meet_mishap(self) -> None:
        """Fail or take the server down, where it is this one's turn; in the middle of the steps, once."""
        if self._mishap_due:
            self._mishap_due = False
            if self._pace.crashes_now:
                self._crash()
                # Nothing more leaves this server; that the connection is gone ends the call.
                self._cancelled.wait()
                raise _Cancelled
            self._pace.check(self._number)

    def _check(self) -> None:
        if self._cancelled.is_set():
            raise _Cancelled
