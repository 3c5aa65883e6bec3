"""The command line."""

from __future__ import annotations

import argparse
import grp
import math
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from themis_sidecar import VERSION
from themis_sidecar.engines.scripted_engine import ScriptedEngine, ScriptedOptions
from themis_sidecar.engines.synthetic_engine import SyntheticEngine, SyntheticOptions
from themis_sidecar.listener.addresses import MetricsAddress, parse_metrics_address
from themis_sidecar.listener.server import ServerOptions
from themis_sidecar.listener.socket_path import fault_of
from themis_sidecar.shared_memory.mode import SharedMemoryMode, fault_of_machine
from themis_sidecar.vllm_host.vllm_start import VllmOptions, start_vllm
from themis_sidecar.wire.layout import MAX_BEARER_BYTES, MAX_NAME_BYTES, MAX_REQUESTS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from themis_sidecar.engines.engine import Engine

WRONG_USAGE = 2
_SYNTHETIC_ONLY = ("vocab", "max_model_len", "fail_after", "stall", "die")
_SCRIPTED_ONLY = ("script", "tokenizer")
_STEPS_ONLY = ("step_ms", "batch")
_VLLM_ONLY = ("liveness_seconds",)
_FOREIGN = {
    "synthetic": (*_SCRIPTED_ONLY, *_VLLM_ONLY),
    "scripted": (*_SYNTHETIC_ONLY, *_VLLM_ONLY),
    "vllm": (*_SYNTHETIC_ONLY, *_SCRIPTED_ONLY, *_STEPS_ONLY),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """What a checked command line asks for."""

    open_engine: Callable[[], Awaitable[Engine]]
    server: ServerOptions
    log_level: str


class _Parser(argparse.ArgumentParser):
    """Says one thing on one line."""

    def error(self, message: str) -> NoReturn:
        """Ends with the code of wrong usage."""
        sys.stderr.write(f"{self.prog}: {message}\n")
        sys.exit(WRONG_USAGE)


def read_settings(arguments: Sequence[str] | None = None) -> Settings:
    """Reads and checks the command line; what is wrong ends the program with one line that says what."""
    parser = _make_parser()
    words = list(sys.argv[1:] if arguments is None else arguments)
    # What stands after -- is vLLM's.
    end = words.index("--") if "--" in words else len(words)
    given = parser.parse_args(words[:end])
    try:
        return Settings(_prepare_engine(given, words[end + 1 :]), _make_server(given), given.log_level)
    except ValueError as e:
        parser.error(str(e))


def _make_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="vllm_shm_server.py", allow_abbrev=False,
        description="Serves an engine on a Unix socket in ThemisBridge's frames. See docs/sidecar.md.",
        epilog="Engine arguments of vLLM stand at the end: --engine vllm … -- --model FOLDER --max-model-len 4096",
    )  # fmt: skip
    add = parser.add_argument
    add("--version", action="version", version=f"themis-sidecar {VERSION}")
    add("--engine", required=True, choices=tuple(_FOREIGN), help="what makes the tokens")
    add("--uds", required=True, metavar="PATH", help="the absolute path of the socket")
    add("--shm", choices=("on", "off", "require"), default="on",
        help="whether connections move to shared memory (default: on, where both sides can)")  # fmt: skip
    add("--served-model-name", metavar="NAME", help="the model's name (default: the engine's or the script's folder's)")
    add("--max-requests", type=_number(1, MAX_REQUESTS), default=1024, metavar="N", help="open requests a connection")
    add("--metrics", metavar="ADDRESS", help="HOST:PORT or the path of a Unix socket, for /metrics and /health")
    add("--allow-remote-metrics", action="store_true", help="let --metrics be an address that is not local")
    add("--drain-seconds", type=_seconds, default=30.0, metavar="S", help="what running requests may take at the end")
    add("--allow-uid", type=_number(0, 2**32 - 2), action="append", default=[], metavar="UID",
        help="a user that may connect beside our own; needs --token-file")  # fmt: skip
    add("--group", metavar="NAME", help="the group that socket and folder are given for the users of --allow-uid")
    add("--token-file", metavar="FILE", help="holds the bearer token that users of --allow-uid must show")
    add("--log-level", choices=("debug", "info", "warning", "error"), default="info")
    add("--step-ms", type=_milliseconds, metavar="MS", help="synthetic, scripted: how long a step takes (default: 0)")
    add("--batch", type=_number(1, MAX_REQUESTS), metavar="N", help="… generations in one step (default: 256)")
    add("--vocab", type=_number(258, 2**31 - 1), metavar="N", help="synthetic: number of tokens (default: 32000)")
    add("--max-model-len", type=_number(2, 2**31 - 1), metavar="N", help="synthetic: the context (default: 32768)")
    add("--fail-after", type=_number(1, 2**31 - 1), metavar="N", help="synthetic: fail each generation at token N")
    add("--stall", type=_number(1, 2**31 - 1), metavar="N", help="synthetic: stop each generation at token N")
    add("--die", type=_number(1, 2**31 - 1), metavar="N", help="synthetic: kill the process at token N of a generation")
    add("--script", metavar="FILE", help="scripted: questions and answers, such as models/themis-tiny/expected.json")
    add("--tokenizer", metavar="FOLDER", help="scripted: the folder of tokenizer.json")
    add("--liveness-seconds", type=_liveness_seconds, metavar="S",
        help="vllm: a question unanswered for so long means its death (default: 30)")  # fmt: skip
    return parser


def _prepare_engine(given: argparse.Namespace, engine_words: list[str]) -> Callable[[], Awaitable[Engine]]:
    for name in _FOREIGN[given.engine]:
        if getattr(given, name) is not None:
            raise ValueError(f"--{name.replace('_', '-')} does not belong to --engine {given.engine}. Leave it out.")
    name = given.served_model_name
    if name is not None and not (name.strip() and len(name.encode(errors="replace")) <= MAX_NAME_BYTES):
        raise ValueError(f"--served-model-name must have 1 to {MAX_NAME_BYTES} bytes.")
    if given.engine == "vllm":
        return lambda: start_vllm(VllmOptions(tuple(engine_words), name, given.liveness_seconds or 30.0))
    if engine_words:
        raise ValueError(f"Only --engine vllm takes engine arguments after --, not --engine {given.engine}.")
    engine = _make_synthetic(given) if given.engine == "synthetic" else _make_scripted(given)

    async def open_it() -> Engine:
        return engine

    return open_it


def _make_synthetic(given: argparse.Namespace) -> SyntheticEngine:
    usual = SyntheticOptions()
    return SyntheticEngine(
        SyntheticOptions(
            given.served_model_name or usual.model, given.step_ms or usual.step_ms, given.batch or usual.batch,
            given.vocab or usual.vocab, given.max_model_len or usual.context, given.fail_after, given.stall, given.die,
        )
    )  # fmt: skip


def _make_scripted(given: argparse.Namespace) -> ScriptedEngine:
    for needed in _SCRIPTED_ONLY:
        if getattr(given, needed) is None:
            raise ValueError(f"--engine scripted needs --{needed}.")
    script = Path(given.script)
    name = given.served_model_name or script.resolve().parent.name
    try:
        return ScriptedEngine(
            ScriptedOptions(script, Path(given.tokenizer), name, given.step_ms or 0.0, given.batch or 256)
        )
    except ValueError as e:
        raise ValueError(f"the script cannot be used: {e}.") from e


def _make_server(given: argparse.Namespace) -> ServerOptions:
    fault = fault_of(given.uds)
    if fault is not None:
        raise ValueError(f"--uds: {fault}")
    if given.allow_uid and given.token_file is None:
        raise ValueError("--allow-uid needs --token-file: other users must show a token.")
    if given.group is not None and not given.allow_uid:
        raise ValueError("--group is for the users of --allow-uid. Give both or none.")
    machine_fault = fault_of_machine()
    if given.shm == "require" and machine_fault is not None:
        raise ValueError(f"--shm require: {machine_fault}")
    return ServerOptions(
        given.uds,
        _read_metrics(given),
        given.drain_seconds,
        given.max_requests,
        frozenset(given.allow_uid),
        None if given.group is None else _find_group(given.group),
        None if given.token_file is None else _read_token(Path(given.token_file)),
        SharedMemoryMode(given.shm),
    )


def _read_metrics(given: argparse.Namespace) -> MetricsAddress | None:
    if given.metrics is None:
        return None
    try:
        address = parse_metrics_address(given.metrics)
    except ValueError as e:
        raise ValueError(f"--metrics: {e}") from e
    if not address.is_local and not given.allow_remote_metrics:
        raise ValueError(
            "--metrics: the address is not local and nothing guards it. Add --allow-remote-metrics if it may be."
        )
    if address.path == given.uds:
        raise ValueError("--metrics and --uds have the same path.")
    return address


def _find_group(name: str) -> int:
    if name.isascii() and name.isdigit():
        return int(name)
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        raise ValueError(f"--group: there is no group '{name}'.") from None


def _read_token(path: Path) -> str:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        token = path.read_bytes().strip()
    except OSError as e:
        raise ValueError(f"--token-file: {path} cannot be read: {e.strerror}.") from e
    if mode & 0o077:
        raise ValueError(f"--token-file: {path} is open to other users (mode {mode:o}). Give it mode 600.")
    if not 1 <= len(token) <= MAX_BEARER_BYTES or not all(ord("!") <= byte <= ord("~") for byte in token):
        raise ValueError(
            f"--token-file: {path} must hold one token of 1 to {MAX_BEARER_BYTES} visible ASCII characters."
        )
    return token.decode()


def _number(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        value = int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else -1
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"expected a whole number from {least} to {most}, not '{text}'.")
        return value

    return read


def _seconds(text: str) -> float:
    return _span(text, 86_400, "seconds")


def _milliseconds(text: str) -> float:
    return _span(text, 60_000, "milliseconds")


def _liveness_seconds(text: str) -> float:
    return _span(text, 3_600, "seconds", least=0.5)


def _span(text: str, most: float, unit: str, least: float = 0) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(f"expected {least} to {most} {unit}, not '{text}'.")
    return value
