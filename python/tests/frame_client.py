"""A client of the tests: it waits, never for longer than its deadline, and believes nothing."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from themis_sidecar.wire.answer_frames import AcceptedFrame, EndFrame, ErrorFrame, ResultFrame
from themis_sidecar.wire.control_frames import AdminFrame, PingFrame
from themis_sidecar.wire.header import read_header
from themis_sidecar.wire.hello_frame import HelloFrame
from themis_sidecar.wire.layout import HEADER, MAX_FRAME_BYTES
from themis_sidecar.wire.reading import read_frame
from themis_sidecar.wire.request_frame import RequestFrame
from themis_sidecar.wire.step_frame import StepFrame
from themis_sidecar.wire.strict_json import write_json
from themis_sidecar.wire.words import Failure, FrameType, Operation, Option, PromptForm, RequestKind, Role

if TYPE_CHECKING:
    from themis_sidecar.wire.reading import Frame
    from themis_sidecar.wire.step_frame import TokenLogprob
    from wire_files import Fields


@dataclass
class Answer:
    """All that came for one handle, in its order."""

    accepted: AcceptedFrame | None = None
    ids: list[int] = field(default_factory=list[int])
    text: str = ""
    logprobs: list[TokenLogprob] = field(default_factory=list["TokenLogprob"])
    rows: int = 0
    results: list[ResultFrame] = field(default_factory=list[ResultFrame])
    end: EndFrame | None = None
    error: ErrorFrame | None = None

    @property
    def is_over(self) -> bool:
        """Whether END or ERROR has come."""
        return self.end is not None or self.error is not None

    @property
    def refusal(self) -> tuple[Failure, str]:
        """Why it failed, and at which field."""
        assert self.error is not None, self
        return self.error.code, self.error.parameter.decode()


class FrameClient:
    """One connection."""

    def __init__(self, path: str, *, seconds: float = 20.0) -> None:
        """Connects; nothing takes longer than so many seconds."""
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(seconds)
        try:
            self.socket.connect(path)
        except OSError:
            self.socket.close()
            raise
        self.answers: dict[int, Answer] = {}
        self.others: list[Frame] = []
        self.max_frame_bytes = MAX_FRAME_BYTES
        self.steps = 0
        self.step_bytes = 0

    def __enter__(self) -> FrameClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def open(self, *, max_frame_bytes: int = MAX_FRAME_BYTES, **content: object) -> HelloFrame:
        """Says HELLO and gives the listener's."""
        self.max_frame_bytes = max_frame_bytes
        said = {"software": "test client", **content}
        self.send(HelloFrame(Role.CLIENT, max_frame_bytes=max_frame_bytes, content=said).write())
        hello = self.read()
        assert isinstance(hello, HelloFrame), hello
        return hello

    def send(self, data: bytes) -> None:
        """Sends bytes."""
        self.socket.sendall(data)

    def generate(self, handle: int, prompt: list[int] | str | Fields, *, credit: int = 4096, model: str = "synthetic",
                 options: int = Option.TOKEN_IDS | Option.STREAM, json: Fields | None = None, given: int = 0,
                 **more: object) -> None:  # fmt: skip
        """Asks for a generation."""
        content, values = dict(json or {}), dict(more)
        form = PromptForm.TOKENS
        if isinstance(prompt, list):
            values["ids"] = prompt
        elif isinstance(prompt, str):
            form, values["text"] = PromptForm.TEXT, prompt.encode()
        else:
            form, content["chat"] = PromptForm.CHAT, prompt
        self._ask(RequestFrame(
            handle, RequestKind.GENERATE, form, int(options), given, credit, model=model.encode(),
            request_id=f"r{handle}-1".encode(), json=write_json(content) if content else b"",
        )._replace(**values))  # fmt: skip

    def call(self, handle: int, kind: RequestKind, prompt: PromptForm, *, model: str = "synthetic",
             json: Fields | None = None, **more: object) -> Answer:  # fmt: skip
        """Asks for something that is no generation, and waits for the answer."""
        frame = RequestFrame(handle, kind, prompt, model=model.encode(), json=write_json(json) if json else b"")
        self._ask(frame._replace(**more))
        return self.wait(handle)

    def admin(self, handle: int, operation: Operation, json: Fields | None = None, total_ms: int = 0) -> Answer:
        """Asks the listener itself, and waits for the answer."""
        self.answers[handle] = Answer()
        self.send(AdminFrame(handle, operation, total_ms, write_json(json) if json else b"").write())
        return self.wait(handle)

    def wait(self, *handles: int) -> Answer:
        """Waits until all of these are over; gives the first one's answer."""
        while not all(self.answers[handle].is_over for handle in handles):
            self.pump()
        return self.answers[handles[0]]

    def pump(self) -> None:
        """Takes one frame in."""
        frame = self.read()
        assert frame is not None, "the listener closed the connection"
        if isinstance(frame, StepFrame):
            self.steps += 1
            for row in frame.rows:
                answer = self._open_answer(row.handle)
                assert answer.accepted is not None
                answer.ids += row.ids
                answer.text += row.text.decode()
                answer.logprobs += row.logprobs or ()
                answer.rows += 1
        elif isinstance(frame, PingFrame) and frame.kind == FrameType.PING:
            self.send(PingFrame(FrameType.PONG, frame.value).write())
        elif isinstance(frame, ErrorFrame) and frame.handle == 0:
            self.others.append(frame)
        elif isinstance(frame, (AcceptedFrame, ResultFrame, EndFrame, ErrorFrame)):
            self._take(self._open_answer(frame.handle), frame)
        else:
            self.others.append(frame)

    def read(self) -> Frame | None:
        """The next frame; None at the end of file between two frames."""
        head = self.read_bytes(HEADER.size)
        if head is None:
            return None
        header = read_header(head, 0, Role.LISTENER, self.max_frame_bytes)
        rest = self.read_bytes(header.length - HEADER.size)
        assert rest is not None, "the listener closed the connection inside a frame"
        if header.kind == FrameType.STEP:
            self.step_bytes += header.length
        return read_frame(header, head + rest, Role.LISTENER)

    def read_bytes(self, count: int) -> bytes | None:
        """So many bytes; None when the connection ends before them."""
        data = b""
        while len(data) < count:
            piece = self.socket.recv(count - len(data))
            if not piece:
                return None
            data += piece
        return data

    def read_until_closed(self) -> list[Frame]:
        """All frames up to the end of the connection."""
        frames: list[Frame] = []
        while (frame := self.read()) is not None:
            frames.append(frame)
        return frames

    def _ask(self, frame: RequestFrame) -> None:
        self.answers[frame.handle] = Answer()
        self.send(frame.write())

    def _open_answer(self, handle: int) -> Answer:
        answer = self.answers[handle]
        assert not answer.is_over, f"something came for {handle}, which is over"
        return answer

    @staticmethod
    def _take(answer: Answer, frame: AcceptedFrame | ResultFrame | EndFrame | ErrorFrame) -> None:
        if isinstance(frame, AcceptedFrame):
            assert answer.accepted is None
            answer.accepted = frame
        elif isinstance(frame, ResultFrame):
            answer.results.append(frame)
        elif isinstance(frame, EndFrame):
            answer.end = frame
        else:
            answer.error = frame


def only_error(frames: list[Frame]) -> ErrorFrame:
    """The error that is all that came."""
    assert len(frames) == 1
    assert isinstance(frames[0], ErrorFrame)
    return frames[0]


def wait_until_idle(client: FrameClient, waiting: int = 0) -> None:
    """Until the engine runs nothing any more."""
    deadline = time.monotonic() + 10
    while b'"running":0,"waiting":%d}' % waiting not in client.admin(200, Operation.HEALTH).results[0].data:
        assert time.monotonic() < deadline
