"""What a client is told of vLLM's own errors."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
from vllm.exceptions import RetryableRequestError
from vllm.v1.engine.exceptions import EngineGenerateError
from themis_sidecar.vllm_host.vllm_failures import failure_of
from themis_sidecar.vllm_host.vllm_names import find_names

names = find_names()
wrapped, other = EngineGenerateError(), EngineGenerateError()
wrapped.__cause__, other.__cause__ = RetryableRequestError("full"), ValueError("odd")
for error in (RetryableRequestError("full"), wrapped, other):
    print("told", failure_of(error, names).failure.name)
"""


def test_full_engine_is_busy_also_inside_the_error_that_wraps_it() -> None:
    tests = Path(__file__).parent
    path = os.pathsep.join([str(tests / "fake_vllm"), str(tests.parent)])
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT], env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True,
        timeout=30, check=False,
    )  # fmt: skip
    told = [line.split()[1] for line in ended.stdout.splitlines() if line.startswith("told ")]
    assert (ended.returncode, told) == (0, ["BUSY", "BUSY", "ENGINE_FAILED"]), ended.stderr
