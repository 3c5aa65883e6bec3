"""The start of the sidecar over vLLM: what it refuses and how, what it keeps off standard output, and old versions."""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import runpy
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, Literal

import pytest
from sidecar_process import PROGRAM, SECONDS
from themis_sidecar.content.requests import Sampling
from themis_sidecar.failures import BridgeError
from themis_sidecar.vllm_host import group_watcher
from themis_sidecar.vllm_host.adapter_folder import digest_of
from themis_sidecar.vllm_host.engine_arguments import read_engine_arguments
from themis_sidecar.vllm_host.round_trip import RoundTrip
from themis_sidecar.wire.words import Capability, Failure, PromptForm, RequestKind
from vllm.engine.arg_utils import AsyncEngineArgs
from vllm_process import FAKE, LORA, NAME, group_of
from wire_files import MODEL, questions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sidecar_process import Sidecar

VLLM = "--engine", "vllm", "--uds", "/dev/null/a.sock"
FOLDER = str(MODEL / "hf")
QUESTION = questions()[0]


def refused(*arguments: str, path: str = str(FAKE), **environment: str) -> tuple[int, list[str]]:
    ended = subprocess.run(
        [sys.executable, PROGRAM, *arguments], capture_output=True, text=True, timeout=SECONDS, check=False,
        env={**os.environ, "PYTHONPATH": path, **environment},
    )  # fmt: skip
    assert ended.stdout == ""
    return ended.returncode, [line for line in ended.stderr.splitlines() if " ERROR " in line]


@pytest.mark.parametrize(("words", "environment", "expected"), [
    (["--model", FOLDER], {"path": ""}, "vLLM cannot be imported"),
    (["--model", FOLDER], {"FAKE_VLLM_LACKS": "add_lora"}, "vLLM 0.32.0 lacks AsyncLLM.add_lora, which the sidecar"),
    ([], {}, "--engine vllm needs the model"),
    (["--model"], {}, "--model after -- needs a value"),
    (["model"], {}, "'model' after -- is no option"),
    (["--modell", FOLDER], {}, "--modell after -- is no engine argument of this vLLM"),
    (["--model", FOLDER, "--max-model-len", "x"], {}, "--max-model-len: expected a number, not 'x'"),
    (["--model", "/nowhere"], {}, "vLLM did not start: "),
])  # fmt: skip
def test_start_that_cannot_be_is_one_line_and_code_4(
    words: list[str], environment: dict[str, str], expected: str
) -> None:  # fmt: skip
    code, lines = refused(*VLLM, "--", *words, **environment)
    assert (code, len(lines)) == (4, 1), lines
    assert expected in lines[0]


def test_engine_arguments_become_what_their_fields_are() -> None:
    given = read_engine_arguments([
        "--model", "123", "--max-model-len", "512", "--gpu-memory-utilization=0.5", "--enable-lora",
        "--no-enable-prefix-caching", "--dtype", "float16", "--kv-events-config", '{"a": 1}', "--seed", "0",
        "--disable-log-stats=false",
    ], AsyncEngineArgs)  # fmt: skip
    assert given == AsyncEngineArgs(
        "123", max_model_len=512, gpu_memory_utilization=0.5, enable_lora=True, enable_prefix_caching=False,
        dtype="float16", kv_events_config={"a": 1}, seed=0,
    )  # fmt: skip
    for wrong in (["--no-model"], ["--model", "a", "--model", "b"], ["--model", "a", "--no-dtype"],
                  ["--model", "a", "--kv-events-config", "{"]):  # fmt: skip
        with pytest.raises(ValueError, match="--"):
            read_engine_arguments(wrong, AsyncEngineArgs)


def test_numbers_of_a_list_and_of_types_with_names_of_their_own_are_numbers() -> None:
    given = read_engine_arguments(
        ["--model", "m", "--max-lora-rank", "64", "--block-size", "16"], AsyncEngineArgs
    )  # fmt: skip
    assert (given.max_lora_rank, given.block_size) == (64, 16)
    # As where annotations are objects, or texts of names.
    named: Any = dataclasses.make_dataclass("named", [
        ("model", str, "m"), ("ranks", Literal[1, 8], 8), ("rank", "Ranks", 8), ("share", "Share", 0.5),
        ("is_on", "Switch", False), ("word", "Word", "a"),
    ])  # fmt: skip
    read: Any = read_engine_arguments(
        ["--model", "m", "--ranks", "1", "--rank", "1", "--share", "0.25", "--is-on", "--word", "1"], named
    )  # fmt: skip
    assert dataclasses.astuple(read) == ("m", 1, 1, 0.25, True, "1")
    with pytest.raises(ValueError, match="expected a number"):
        read_engine_arguments(["--model", "m", "--max-lora-rank", "x"], AsyncEngineArgs)


def test_5_child_that_imports_the_program_does_not_run_it() -> None:
    # vLLM's processes are spawned: each of them imports the program under another name.
    assert runpy.run_path(str(PROGRAM), run_name="__mp_main__")["__name__"] == "__mp_main__"


def test_standard_output_is_clean_and_progress_is_told(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, PROGRAM, "--engine", "vllm", "--uds", tmp_path / "run/a.sock", "--", "--model", FOLDER],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(FAKE), "FAKE_VLLM_START_SECONDS": "2.5"},
    )  # fmt: skip
    assert process.stderr is not None
    lines: list[str] = []
    for line in process.stderr:
        lines.append(line)
        if " listening path=" in line:
            break
    process.terminate()
    output, _ = process.communicate(timeout=SECONDS)
    assert (output, process.returncode) == ("", 0)
    assert any("starting vLLM's engine seconds=2" in line for line in lines)
    assert any("INFO EngineCore is there" in line for line in lines)
    assert any("is ready first_answer_ms=" in line for line in lines)


def test_old_version_has_the_same_failures(start_vllm: Callable[..., Sidecar]) -> None:
    sidecar = start_vllm("--liveness-seconds", "6", FAKE_VLLM_VERSION="0.10.0")
    assert any("version=0.10.0 is not among those that were tested" in line for line in sidecar.lines)
    with sidecar.connect() as client:
        client.generate(1, QUESTION["prompt_token_ids"], model=NAME)
        assert client.wait(1).ids == QUESTION["english_ids"]
        structure = {"structured_output": {"kind": "regex", "value": "(("}}
        client.generate(1, [5], model=NAME, json=structure)
        assert client.wait(1).refusal == (Failure.INVALID_REQUEST, "structured_output")
        os.kill(max(one for one in group_of(sidecar) if "spawn_main" in group_of(sidecar)[one]), signal.SIGKILL)
    assert sidecar.wait() == 1


def test_pooling_engine_makes_vectors_and_nothing_else(start_vllm: Callable[..., Sidecar]) -> None:
    sidecar = start_vllm(engine=("--runner", "pooling", "--convert", "embed"))
    with sidecar.connect_raw() as client:
        can = Capability(client.open().capabilities)
        assert can == Capability.EMBED | Capability.TOKENIZE
        answer = client.call(1, RequestKind.EMBED, PromptForm.NONE, model=NAME, ids=[5, 6], json={"inputs": ["a", 2]})
        assert [(one.items, one.extra) for one in answer.results] == [(2, 8)]
        assert answer.end is not None
        assert answer.end.prompt_tokens == 3
        short = client.call(1, RequestKind.EMBED, PromptForm.NONE, model=NAME, json={"inputs": ["a"]}, dimensions=4,
                            given=1 << 5)  # fmt: skip
        assert short.refusal == (Failure.INVALID_REQUEST, "dimensions")
        client.generate(1, [5], model=NAME)
        assert client.wait(1).refusal[0] == Failure.UNSUPPORTED_OPTION


def test_digest_is_that_of_sha256sum() -> None:
    if shutil.which("sha256sum") is None:
        pytest.fail("sha256sum is missing")
    printed = subprocess.run(
        ["sh", "-c", "find . -type f -printf '%P\\0' | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum"],
        cwd=LORA, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert digest_of(LORA) == printed.stdout.split()[0]


def _stay() -> None:
    os.setpgid(0, 0)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(60)


def test_watcher_kills_who_does_not_go() -> None:
    process = multiprocessing.get_context("fork").Process(target=_stay)
    process.start()
    assert process.pid is not None
    deadline = time.monotonic() + SECONDS
    while group_watcher.living(process.pid) != [process.pid]:
        assert time.monotonic() < deadline
    group_watcher.end_group(process.pid, 0.2)
    process.join(SECONDS)
    assert process.exitcode == -signal.SIGKILL


class _Msgspec:
    """msgspec, as far as it is used: it takes no option but a whole number of tokens."""

    class ValidationError(Exception):
        """As there."""

    class msgpack:  # noqa: N801 - msgspec's name
        """As there."""

        @staticmethod
        def encode(value: Sampling) -> bytes:
            return repr(value.max_tokens).encode()

        @staticmethod
        def decode(data: bytes, *, type: type) -> object:  # noqa: A002 - msgspec's name
            del type
            if not data.isdigit():
                raise _Msgspec.ValidationError("Expected `int | null`, got `float`")
            return data


def test_msgspec_is_asked_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    options: dict[str, Any] = {"max_tokens": 1.5}
    wrong = Sampling(**options)
    modules: dict[str, Any] = sys.modules
    monkeypatch.setitem(modules, "msgspec", None)
    RoundTrip({"options": Sampling(max_tokens=1)}).check(wrong, "options", "request")
    monkeypatch.setitem(modules, "msgspec", _Msgspec)
    checked = RoundTrip({"options": Sampling(max_tokens=1), "others": wrong})
    checked.check(Sampling(max_tokens=2), "options", "request")
    with pytest.raises(BridgeError) as refusal:
        checked.check(wrong, "options", "request")
    assert refusal.value.failure == Failure.INVALID_REQUEST
    # A check that refuses what is right is no check.
    checked.check(wrong, "others", "request")
