"""Failures by script: what a test wants the server to do wrong, call by call.

A script is a queue of answers for each method. A call takes the next one of its method; when there is none left, it is
answered as usual. Answers that nobody took by the end make the test fail::

    with server.intercept() as script:
        script.fail("GenerateImage", grpc.StatusCode.RESOURCE_EXHAUSTED, "out of memory", after_images=1)
        ...
    assert [call.method for call in script.calls] == ["Echo", "GenerateImage"]

``server.faults`` is the script in force: that of ``intercept`` inside of it, and otherwise one that lasts as long as
the server and whose leftovers nobody minds.
"""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

import grpc

from drawthings._generated import imageService_pb2 as pb
from drawthings.server.refusal import DROPPED, Refusal

if TYPE_CHECKING:
    from drawthings.server.record import Received

GENERATE = "GenerateImage"
GARBAGE = b"\x17\x42 this is no tensor " * 8

Answers: TypeAlias = Iterator[Any]
Fault: TypeAlias = Callable[[Answers], Answers]
"""Takes the answers of a call as they should be, and gives them as they are to be sent."""


class Gate:
    """A place where an answer waits, so that a test can act in the meantime without looking at a clock."""

    def __init__(self) -> None:
        self._reached = threading.Event()
        self._open = threading.Event()

    def wait(self, timeout_s: float = 10.0) -> bool:
        """Wait until the answer has come to this place; return whether it has."""
        return self._reached.wait(timeout_s)

    def open(self) -> None:
        """Let the answer go on."""
        self._open.set()

    def pass_through(self, timeout_s: float | None = None) -> None:
        """Stop here until the gate opens; for the server."""
        self._reached.set()
        self._open.wait(timeout_s)


class Script:
    """A queue of answers for each method, and the calls that came while it was in force.

    Args:
        lists_calls: Whether to keep the calls; a script without an end would fill the memory with them.
    """

    def __init__(self, *, lists_calls: bool = True) -> None:
        self._lists_calls = lists_calls
        self._lock = threading.Lock()
        self._queues: dict[str, deque[Fault]] = defaultdict(deque)
        self._calls: list[Received] = []
        self._gates: list[Gate] = []

    @property
    def calls(self) -> tuple[Received, ...]:
        """The calls so far, in the order in which they came."""
        with self._lock:
            return tuple(self._calls)

    @property
    def unused(self) -> tuple[str, ...]:
        """The methods of the answers that no call has taken yet."""
        with self._lock:
            return tuple(method for method, queue in self._queues.items() for _ in queue)

    def queue(self, method: str, fault: Fault) -> None:
        """Queue an answer of your own making.

        Args:
            method: The method's name.
            fault: Takes the answers as they should be and gives those to send; it may raise ``Refusal``, wait, leave
                answers out or make up others.
        """
        with self._lock:
            self._queues[method].append(fault)

    def normal(self, method: str = GENERATE) -> None:
        """Answer the next call as usual, for a failure that is to come later."""
        self.queue(method, iter)

    def fail(
        self,
        method: str,
        code: grpc.StatusCode,
        details: str = "",
        *,
        after_images: int | None = None,
        after_messages: int = 0,
    ) -> None:
        """End the next call of a method with a status.

        Args:
            method: The method's name.
            code: The status.
            details: Its text.
            after_images: How many whole pictures go out before.
            after_messages: How many messages go out before; counts when ``after_images`` is not given.
        """

        def fault(answers: Answers) -> Answers:
            yield from _until(answers, after_images, after_messages)
            raise Refusal(code, details)

        self.queue(method, fault)

    def drop_connection(self, method: str = GENERATE, *, after_messages: int = 0) -> None:
        """End the next call of a method the way a client sees it when the connection breaks."""
        self.fail(method, grpc.StatusCode.UNAVAILABLE, DROPPED, after_messages=after_messages)

    def empty_result(self) -> None:
        """Let the next generation end well without a picture, as the official server does for most failures."""

        def fault(answers: Answers) -> Answers:
            for answer in answers:
                if not _is_result(answer):
                    yield answer
            yield pb.ImageGenerationResponse(scaleFactor=1)

        self.queue(GENERATE, fault)

    def break_chunk(self, *, after_images: int = 0) -> None:
        """Let the next generation end well in the middle of a picture, whatever its size."""

        def fault(answers: Answers) -> Answers:
            whole = 0
            for answer in answers:
                if answer.generatedImages and whole == after_images:
                    part = answer.generatedImages[0]
                    half = pb.ImageGenerationResponse(scaleFactor=answer.scaleFactor, chunkState=pb.MORE_CHUNKS)
                    half.generatedImages.append(part[: len(part) // 2])
                    yield half
                    return
                whole += _ends_image(answer)
                yield answer

        self.queue(GENERATE, fault)

    def garbage_image(self) -> None:
        """Put bytes that are no tensor into the place of every picture of the next generation."""

        def fault(answers: Answers) -> Answers:
            for answer in answers:
                if answer.generatedImages:
                    answer.generatedImages[:] = [GARBAGE]
                yield answer

        self.queue(GENERATE, fault)

    def pause(self, method: str = GENERATE, *, after_messages: int = 0) -> Gate:
        """Let the next call of a method wait at a gate.

        Args:
            method: The method's name.
            after_messages: How many messages go out before.

        Returns:
            The gate; it opens by itself when the script ends.
        """
        gate = Gate()
        self._add_pause(method, gate, None, after_messages)
        return gate

    def silence(self, seconds: float, method: str = GENERATE, *, after_messages: int = 0) -> None:
        """Let the next call of a method say nothing for a while; it goes on at once when the script ends."""
        self._add_pause(method, Gate(), seconds, after_messages)

    def take(self, call: Received) -> Fault:
        """Note a call and return what is to happen to its answers; for the server."""
        with self._lock:
            if self._lists_calls:
                self._calls.append(call)
            queue = self._queues[call.method]
            return queue.popleft() if queue else iter

    def open_gates(self) -> None:
        """Let everything that waits go on; for the server."""
        for gate in self._gates:
            gate.open()

    def _add_pause(self, method: str, gate: Gate, timeout_s: float | None, after_messages: int) -> None:
        def fault(answers: Answers) -> Answers:
            yield from _until(answers, None, after_messages)
            gate.pass_through(timeout_s)
            yield from answers

        self._gates.append(gate)
        self.queue(method, fault)


def _until(answers: Answers, images: int | None, messages: int) -> Answers:
    """Pass on so many whole pictures, or so many messages, and not one more."""
    passed = 0
    wanted = messages if images is None else images
    while passed < wanted:
        try:
            answer = next(answers)
        except StopIteration:
            return
        yield answer
        passed += 1 if images is None else _ends_image(answer)


def _ends_image(answer: pb.ImageGenerationResponse) -> int:
    return int(bool(answer.generatedImages) and answer.chunkState == pb.LAST_CHUNK)


def _is_result(answer: pb.ImageGenerationResponse) -> bool:
    return bool(answer.generatedImages or answer.generatedAudio) or answer.HasField("downloadSize")
