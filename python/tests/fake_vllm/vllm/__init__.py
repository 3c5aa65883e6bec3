"""A vLLM of the tests: names, signatures, defaults, errors and bad habits of the real one, without a model."""

import os

from vllm.engine.arg_utils import AsyncEngineArgs, EngineArgs
from vllm.inputs import PromptType, TextPrompt, TokensPrompt
from vllm.outputs import (
    CompletionOutput,
    EmbeddingOutput,
    EmbeddingRequestOutput,
    PoolingOutput,
    PoolingRequestOutput,
    RequestOutput,
)
from vllm.pooling_params import PoolingParams
from vllm.sampling_params import SamplingParams
from vllm.v1.engine.async_llm import AsyncLLM as AsyncLLMEngine

__all__ = [
    "AsyncEngineArgs", "AsyncLLMEngine", "CompletionOutput", "EmbeddingOutput", "EmbeddingRequestOutput",
    "EngineArgs", "PoolingOutput", "PoolingParams", "PoolingRequestOutput", "PromptType", "RequestOutput",
    "SamplingParams", "TextPrompt", "TokensPrompt", "__version__", "__version_tuple__",
]  # fmt: skip

__version__ = os.environ.get("FAKE_VLLM_VERSION", "0.32.0")
__version_tuple__ = tuple(int(part) for part in __version__.split("."))

print("INFO vLLM logs on standard output")
if os.environ.get("FAKE_VLLM_LACKS") == "add_lora":
    setattr(AsyncLLMEngine, "add_lora", None)  # noqa: B010 - as if it were not there
