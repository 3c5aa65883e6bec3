"""The command line: each mistake is one line that says what, and code 2."""

from __future__ import annotations

import json
import platform
from typing import TYPE_CHECKING

import pytest
from sidecar_process import run_program
from themis_sidecar import VERSION
from themis_sidecar.options import read_settings
from themis_sidecar.wire.words import Operation
from wire_files import MODEL

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sidecar_process import Sidecar

SYNTHETIC = "--engine", "synthetic", "--uds", "/dev/null/a.sock"
SCRIPTED = "--engine", "scripted", "--uds", "/dev/null/a.sock"
SCRIPT = "--script", str(MODEL / "expected.json")
TOKENIZER = "--tokenizer", str(MODEL / "hf")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), "the following arguments are required: --engine, --uds"),
        (("--engine", "other", "--uds", "/a/b"), "invalid choice: 'other'"),
        (("--engine", "vllm", "--uds", "/a/b", "--batch", "2"), "--batch does not belong to --engine vllm"),
        (("--engine", "vllm", "--uds", "/a/b", "--liveness-seconds", "0"), "--liveness-seconds: expected 0.5 to 3600"),
        ((*SYNTHETIC, "--liveness-seconds", "9"), "--liveness-seconds does not belong to --engine synthetic"),
        ((*SYNTHETIC, "--", "--model", "x"), "Only --engine vllm takes engine arguments after --"),
        (("--engine", "synthetic"), "required: --uds"),
        (("--engine", "synthetic", "--uds", "a.sock"), "--uds: expected the absolute path"),
        (("--engine", "synthetic", "--uds", "/a/" + "b" * 110), "path of a Unix socket has at most 107 bytes"),
        ((*SYNTHETIC, "--step-ms", "-1"), "--step-ms: expected 0 to 60000 milliseconds, not '-1'"),
        ((*SYNTHETIC, "--step-ms", "nan"), "--step-ms: expected 0 to 60000 milliseconds, not 'nan'"),
        ((*SYNTHETIC, "--drain-seconds", "soon"), "--drain-seconds: expected 0 to 86400 seconds, not 'soon'"),
        ((*SYNTHETIC, "--batch", "0"), "--batch: expected a whole number from 1 to 65535, not '0'"),
        ((*SYNTHETIC, "--vocab", "257"), "--vocab: expected a whole number from 258"),
        ((*SYNTHETIC, "--max-requests", "65536"), "--max-requests: expected a whole number from 1 to 65535"),
        ((*SYNTHETIC, "--fail-after", "1.5"), "--fail-after: expected a whole number"),
        ((*SYNTHETIC, "--log-level", "loud"), "--log-level: invalid choice: 'loud'"),
        ((*SYNTHETIC, "--served-model-name", " "), "--served-model-name must have 1 to 256 bytes"),
        ((*SYNTHETIC, *SCRIPT), "--script does not belong to --engine synthetic"),
        ((*SYNTHETIC, "--metrics", "9464"), "--metrics: expected HOST:PORT"),
        ((*SYNTHETIC, "--metrics", "127.0.0.1:65536"), "--metrics: expected HOST:PORT"),
        ((*SYNTHETIC, "--metrics", "0.0.0.0:9464"), "Add --allow-remote-metrics if it may be"),
        ((*SYNTHETIC, "--metrics", "/dev/null/a.sock"), "--metrics and --uds have the same path"),
        ((*SYNTHETIC, "--allow-uid", "1000"), "--allow-uid needs --token-file"),
        ((*SYNTHETIC, "--group", "root"), "--group is for the users of --allow-uid"),
        ((*SYNTHETIC, "--allow-uid", "1", "--token-file", "/nowhere/token"), "/nowhere/token cannot be read"),
        ((*SYNTHETIC, "--shm", "maybe"), "--shm: invalid choice: 'maybe' (choose from 'on', 'off', 'require')"),
        ((*SYNTHETIC, "--unknown"), "unrecognized arguments: --unknown"),
        (SCRIPTED, "--engine scripted needs --script"),
        ((*SCRIPTED, *SCRIPT), "--engine scripted needs --tokenizer"),
        ((*SCRIPTED, *SCRIPT, *TOKENIZER, "--stall", "3"), "--stall does not belong to --engine scripted"),
        ((*SCRIPTED, "--script", "/nowhere/x.json", *TOKENIZER), "/nowhere/x.json cannot be read"),
        ((*SCRIPTED, *SCRIPT, "--tokenizer", "/nowhere"), "/nowhere/tokenizer.json cannot be read"),
        ((*SCRIPTED, "--script", str(MODEL / "README.md"), *TOKENIZER), "is no list of questions"),
        ((*SCRIPTED, "--script", str(MODEL / "hf/config.json"), *TOKENIZER), "is no list of questions"),
    ],
)  # fmt: skip
def test_mistake_is_one_line(arguments: tuple[str, ...], expected: str) -> None:
    ended = run_program(*arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert len(ended.stderr.splitlines()) == 1
    assert expected in ended.stderr


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"english_ids": [5, 9999, 2]}, "tokens that the tokenizer does not know"),
        ({"english_ids": [5, 6]}, "does not end with an end token"),
        ({"english_ids": "x"}, "is no list of questions"),
        ({"english_ids": None}, "is no list of questions"),
        ({"prompt_token_ids": None}, "is no list of questions"),
    ],
)
def test_damaged_script_is_refused(tmp_path: Path, change: dict[str, object], expected: str) -> None:
    entry: dict[str, object] = {"question": "q", "prompt_token_ids": [1], "english_ids": [5, 2]}
    script = tmp_path / "script.json"
    script.write_text(json.dumps([entry, {**entry, "prompt_token_ids": [3], **change}]))
    ended = run_program(*SCRIPTED, "--script", str(script), *TOKENIZER)
    assert (ended.returncode, len(ended.stderr.splitlines())) == (2, 1)
    assert expected in ended.stderr


NONE_IN_IT = "must hold one token of 1 to 4096 visible ASCII characters"


@pytest.mark.parametrize(("text", "mode", "expected"), [
    (b"secret\n", 0o644, "is open to other users (mode 644)"),
    (b"", 0o600, NONE_IN_IT),
    (b" \t\r\n", 0o600, NONE_IN_IT),
    (b"x" * 4097, 0o600, NONE_IN_IT),
    (b"two words", 0o600, NONE_IN_IT),
    (b"two\nlines\n", 0o600, NONE_IN_IT),
    (b"\x7f", 0o600, NONE_IN_IT),
    ("schl\u00fcssel".encode(), 0o600, NONE_IN_IT),
    (b"\xff", 0o600, NONE_IN_IT),
], ids=("open", "empty", "blank", "long", "space", "lines", "control", "umlaut", "bytes"))  # fmt: skip
def test_token_file_must_be_ours_and_hold_a_token(tmp_path: Path, text: bytes, mode: int, expected: str) -> None:
    token = tmp_path / "token"
    token.write_bytes(text)
    token.chmod(mode)
    ended = run_program(*SYNTHETIC, "--allow-uid", "1", "--token-file", str(token))
    assert (ended.returncode, len(ended.stderr.splitlines())) == (2, 1)
    assert expected in ended.stderr


def test_token_is_the_whole_file_without_the_space_around_it(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_bytes(b" \t" + b"x" * 4096 + b" \r\n\n")
    token.chmod(0o600)
    assert read_settings([*SYNTHETIC, "--token-file", str(token)]).server.token == "x" * 4096


def test_version_and_help_are_printed() -> None:
    assert run_program("--version").stdout == f"themis-sidecar {VERSION}\n"
    assert "--drain-seconds" in run_program("--help").stdout


def test_model_has_the_name_that_it_is_given(start: Callable[..., Sidecar]) -> None:
    sidecar = start("--served-model-name", "other", "--log-level", "info")
    assert any(line.endswith("model=other") for line in sidecar.lines)


def test_shared_memory_is_refused_by_name_on_other_processors(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    with pytest.raises(SystemExit) as ended:
        read_settings((*SYNTHETIC, "--shm", "require"))
    assert ended.value.code == 2
    assert "--shm require: shared memory needs 64-bit Python on x86-64 Linux, and this is aarch64" in (
        capsys.readouterr().err
    )


def test_shared_memory_is_not_offered_on_other_processors(start: Callable[..., Sidecar]) -> None:
    sidecar = start(patch="import platform; platform.machine = lambda: 'aarch64'")
    with sidecar.connect_memory_raw() as client:
        assert (client.open().offered, client.kind) == (0, "uds")
        assert client.admin(1, Operation.HEALTH).end is not None
    assert any("shared memory is not offered" in line and "aarch64" in line for line in sidecar.lines)
