"""An adapter's folder, looked at and copied before vLLM is told of it."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
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


def digest_of(folder: Path, copy_to: Path | None = None) -> str:
    """The SHA-256 of the list of its files as sha256sum prints it, in the order of their names' bytes.

    With `copy_to` all of them are copied there on the way, so that the digest is of exactly what is there then.
    """
    lines: list[str] = []
    try:
        files = [path for path in folder.rglob("*") if path.is_file()]
        for path in sorted(files, key=lambda one: one.relative_to(folder).as_posix().encode(errors="surrogateescape")):
            name = path.relative_to(folder)
            lines.append(f"{_read(path, copy_to and copy_to / name)}  {name.as_posix()}\n")
    except OSError as e:
        what = "read" if copy_to is None else "copied"
        raise BridgeError(
            Failure.INVALID_MODEL_FILE, f"The folder '{folder.name}' cannot be {what}: {e.strerror}.", "peft_path"
        ) from e
    return hashlib.sha256("".join(lines).encode(errors="surrogateescape")).hexdigest()


def _read(path: Path, copy_to: Path | None) -> str:
    """The digest of one file, which is copied on the way if there is a place for it."""
    content = hashlib.sha256()
    with ExitStack() as open_files:
        file = open_files.enter_context(path.open("rb"))
        copy = None
        if copy_to is not None:
            copy_to.parent.mkdir(parents=True, exist_ok=True)
            copy = open_files.enter_context(copy_to.open("xb"))
        while piece := file.read(_PIECE):
            content.update(piece)
            if copy is not None:
                copy.write(piece)
    return content.hexdigest()
