"""What goes wrong with the engine."""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vllm.exceptions import VLLMServerError as _Base
else:
    try:
        _Base = importlib.import_module("vllm.exceptions").VLLMServerError
    except ImportError:
        _Base = Exception


class EngineGenerateError(_Base):
    """A generation failed; the text is empty, the cause has it."""


class EngineDeadError(_Base):
    """The engine is dead."""

    def __init__(self) -> None:
        """Says so."""
        super().__init__("EngineCore encountered an issue. See stack trace (above) for the root cause.")
