"""The tests of the sidecar over vLLM once more, with a real one: ./test.sh --real-vllm."""

from __future__ import annotations

import os

import pytest
from vllm_process import VllmTarget, real_target

# Whoever has no vLLM cannot run them; test.sh says so in a line of its own.
collect_ignore_glob = [] if "THEMIS_VLLM_PYTHON" in os.environ else ["test_*.py"]


@pytest.fixture(scope="session")
def target() -> VllmTarget:
    """The real one."""
    return real_target()
