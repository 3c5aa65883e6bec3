"""What the listener knows of an engine, and what an engine knows of a request's way back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

from themis_sidecar.failures import BridgeError, unsupported
from themis_sidecar.wire.words import Capability, Failure, Finish

if TYPE_CHECKING:
    from array import array
    from collections.abc import Sequence

    from themis_sidecar.content.requests import (
        Adapter,
        DetokenizeRequest,
        EmbedRequest,
        GenerateRequest,
        TokenizeRequest,
    )
    from themis_sidecar.wire.step_frame import TokenLogprob
    from themis_sidecar.wire.strict_json import JsonObject


@dataclass(frozen=True, slots=True)
class Description:
    """What an engine is and what it serves."""

    engine: str
    model: str
    max_context_tokens: int
    capabilities: Capability
    max_stop_strings: int = 0
    max_logprobs: int = 0
    defaults: JsonObject = field(default_factory=dict[str, object])

    def models(self) -> list[JsonObject]:
        """The list that HELLO and health carry."""
        model: JsonObject = {"name": self.model, "max_context_tokens": self.max_context_tokens}
        return [{**model, "defaults": self.defaults} if self.defaults else model]


class Load(NamedTuple):
    """How many generations run and wait."""

    running: int
    waiting: int


class Health(NamedTuple):
    """How an engine is."""

    healthy: bool
    detail: str = ""


class Ending(NamedTuple):
    """Why a generation is complete, and what it took."""

    finish: Finish
    prompt_tokens: int | None
    completion_tokens: int | None
    stop_id: int | None = None
    cached_tokens: int | None = 0
    """Those of the prompt that came from a cache. A number that is None is one that the engine does not know."""
    stop: str = ""
    """The stop string that matched."""


class Embedding(NamedTuple):
    """Vectors in the order of the inputs, all of one length."""

    vectors: list[array[float]]
    prompt_tokens: int


class Stream(Protocol):
    """Where an engine puts what one generation gets. Nothing may be put after finish or fail, or after abort."""

    @property
    def wants_more(self) -> bool:
        """Whether the client reads; an engine that can hold back does so otherwise, until it is woken."""
        ...

    def accept(self, prompt_ids: Sequence[int], seed: int | None, engine_id: str = "") -> None:
        """The generation was admitted, in the engine under an id of its own. Comes once, before anything else."""
        ...

    def put(self, ids: list[int], text: str = "", logprobs: list[TokenLogprob] | None = None) -> None:
        """New tokens, the end token among them, and the text that is new."""
        ...

    def finish(self, ending: Ending) -> None:
        """It is complete."""
        ...

    def fail(self, error: BridgeError) -> None:
        """It is over, and not complete."""
        ...


class Engine(ABC):
    """Makes tokens on the event loop's thread."""

    def __init__(self, description: Description) -> None:
        """Takes what it is."""
        self.description = description

    @abstractmethod
    async def run(self) -> None:
        """Works until it is cancelled; ending in any other way is the engine's death."""

    @abstractmethod
    def generate(self, request: GenerateRequest, stream: Stream) -> None:
        """Admits a generation, or raises the BridgeError that refuses it."""

    @abstractmethod
    def abort(self, stream: Stream) -> None:
        """Stops a generation at once, if it is still under way."""

    @abstractmethod
    def wake(self) -> None:
        """A stream wants more again."""

    @abstractmethod
    def load(self) -> Load:
        """How much there is to do."""

    @abstractmethod
    async def health(self) -> Health:
        """Asks the engine itself."""

    async def embed(self, request: EmbedRequest) -> Embedding:
        """Makes vectors."""
        raise self._lacks("embeddings", request.model)

    async def tokenize(self, request: TokenizeRequest) -> list[int]:
        """Turns text into ids."""
        raise self._lacks("tokenize", request.model)

    async def detokenize(self, request: DetokenizeRequest) -> str:
        """Turns ids into text."""
        raise self._lacks("detokenize", request.model)

    async def load_adapter(self, adapter: Adapter) -> None:
        """Makes an adapter usable; loading one again is right."""
        raise self._lacks("adapters", adapter.model)

    async def unload_adapter(self, model: str, name: str) -> bool:
        """Says whether it was loaded; requests that run on it go on."""
        del name
        raise self._lacks("adapters", model)

    async def list_adapters(self, model: str) -> list[Adapter]:
        """Those that are loaded."""
        raise self._lacks("adapters", model)

    async def close(self) -> None:  # noqa: B027 - most engines hold nothing
        """Gives back what it holds; it is not asked for anything any more."""

    def check_model(self, model: str) -> None:
        """Refuses a model that is not served."""
        if model != self.description.model:
            raise BridgeError(
                Failure.UNKNOWN_MODEL, f"This engine serves '{self.description.model}' and no other model.", "model"
            )

    def _lacks(self, what: str, model: str) -> BridgeError:
        self.check_model(model)
        return unsupported(what, f"The engine {self.description.engine} has no {what}.")
