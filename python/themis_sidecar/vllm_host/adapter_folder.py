"""An adapter's folder, looked at before vLLM is told of it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from themis_sidecar.failures import BridgeError, invalid
from themis_sidecar.wire.words import Failure

_PIECE = 1 << 20


def check_folder(path: str) -> Path:
    """The folder; a path that is none would be taken for a name at a hub."""
    folder = Path(path)
    if not folder.is_absolute():
        raise invalid("peft_path", "peft_path must be the absolute path of a folder.")
    if not (folder / "adapter_config.json").is_file():
        raise BridgeError(
            Failure.INVALID_MODEL_FILE, f"The folder '{folder.name}' is not there, or holds no adapter_config.json.",
            "peft_path",
        )  # fmt: skip
    return folder


def digest_of(folder: Path) -> str:
    """The SHA-256 of the list of its files as sha256sum prints it, in the order of their names' bytes."""
    lines: list[str] = []
    try:
        files = [path for path in folder.rglob("*") if path.is_file()]
        for path in sorted(files, key=lambda one: one.relative_to(folder).as_posix().encode(errors="surrogateescape")):
            content = hashlib.sha256()
            with path.open("rb") as file:
                while piece := file.read(_PIECE):
                    content.update(piece)
            lines.append(f"{content.hexdigest()}  {path.relative_to(folder).as_posix()}\n")
    except OSError as e:
        raise BridgeError(
            Failure.INVALID_MODEL_FILE, f"The folder '{folder.name}' cannot be read: {e.strerror}.", "peft_path"
        ) from e
    return hashlib.sha256("".join(lines).encode(errors="surrogateescape")).hexdigest()
