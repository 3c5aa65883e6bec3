"""The sidecar over the vLLM of the tests, whose core asks an engine in another process, for the suite that every
transport has to pass. Of that vLLM's own there are the front end and its habits; see relay_core.py.

A vLLM generates or embeds: which, says --runner, as vLLM's own option does.

usage: relay_vllm.py --uds PATH --engine PATH --max-requests N --runner generate|pooling
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "fake_vllm"))

from relay_core import RelayCore
from relay_link import RelayLink
from themis_sidecar.content.requests import Adapter
from themis_sidecar.listener.server import Server, ServerOptions
from themis_sidecar.log_lines import start_log
from themis_sidecar.vllm_host.engine_arguments import read_engine_arguments
from themis_sidecar.vllm_host.vllm_names import find_names
from themis_sidecar.vllm_host.vllm_start import VllmOptions, host_vllm
from vllm import AsyncLLMEngine
from vllm.config import ModelConfig, VllmConfig
from vllm.fake_tokenizer import FakeTokenizer

if TYPE_CHECKING:
    from themis_sidecar.vllm_host.vllm_engine import VllmEngine

ADAPTER = "de"


class RelayLLM(AsyncLLMEngine):
    """A vLLM whose tokens are characters."""

    def load_tokenizer(self) -> FakeTokenizer:
        """Of no file."""
        return CharacterTokenizer()


class RelayModel(ModelConfig):
    """The model that the engine says it has."""

    def __init__(self, model: dict[str, Any]) -> None:
        """Takes what HELLO says."""
        self.max_model_len = cast("int", model["max_context_tokens"])
        self.is_matryoshka = False
        self._defaults = cast("dict[str, object]", model.get("defaults", {}))

    def get_vocab_size(self) -> int:
        """Any id that the engine may give."""
        return 1 << 24

    def get_diff_sampling_param(self) -> dict[str, object]:
        """The engine's."""
        return self._defaults


class CharacterTokenizer(FakeTokenizer):
    """Each character is a token, whose id is its number."""

    def __init__(self) -> None:
        """Reads nothing."""
        self.chat_template = "{% for message in messages %}…"

    def encode(self, text: str, *, add_special_tokens: bool = True) -> list[int]:
        """Their numbers."""
        del add_special_tokens
        return list(map(ord, text))

    def decode(self, token_ids: list[int], *, skip_special_tokens: bool = False) -> str:
        """The characters."""
        del skip_special_tokens
        return "".join(map(chr, token_ids))

    def token_bytes(self, token: int) -> bytes:
        """Its character."""
        return chr(token).encode()

    def apply_chat_template(
        self, conversation: list[dict[str, Any]], *, tokenize: bool = True, add_generation_prompt: bool = False,
        continue_final_message: bool = False,
    ) -> str:  # fmt: skip
        """One line for each message."""
        del tokenize, continue_final_message
        lines = [f"{one['role']} {one.get('name', '')}: {one['content']}\n" for one in conversation]
        return "".join(lines) + ("assistant: " if add_generation_prompt else "")


async def _start(given: argparse.Namespace) -> VllmEngine:
    link = await RelayLink.connect(given.engine)
    runner: str = given.runner
    model = cast("list[dict[str, Any]]", link.hello.content["models"])[0]
    name = cast("str", model["name"])
    names = find_names()
    words: list[str] = ["--model", name, "--runner", runner, "--scheduling-policy", "priority"]
    if runner == "generate":
        words += ["--enable-lora", "--otlp-traces-endpoint", "http://nowhere"]
    arguments = read_engine_arguments(words, names.engine_args)
    llm = RelayLLM(VllmConfig(arguments, RelayModel(model)), lambda _: RelayCore(link, name), log_stats=True)
    # Where whoever kills us clears up.
    folder = Path(tempfile.mkdtemp(dir=Path(given.uds).parent))
    engine = await host_vllm(llm, names, arguments, VllmOptions(tuple(words), name), folder)
    if runner == "generate":
        with tempfile.TemporaryDirectory() as adapter:
            (Path(adapter) / "adapter_config.json").write_text("{}")
            await engine.load_adapter(Adapter(name, ADAPTER, adapter))
    return engine


async def _serve(given: argparse.Namespace) -> int:
    engine = await _start(given)
    try:
        # Whoever drains it for less time hurries it by a second signal.
        options = ServerOptions(given.uds, drain_seconds=600, max_requests=given.max_requests)
        return await Server(engine, options).run()
    finally:
        await engine.close()


def main() -> int:
    """Runs until a signal."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--uds", required=True)
    parser.add_argument("--engine", required=True)
    parser.add_argument("--max-requests", type=int, required=True)
    parser.add_argument("--runner", choices=("generate", "pooling"), required=True)
    given = parser.parse_args()
    start_log("info")
    return asyncio.run(_serve(given))


if __name__ == "__main__":
    sys.exit(main())
