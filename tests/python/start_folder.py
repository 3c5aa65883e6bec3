"""A copy of the repository's start scripts with stand-ins for dotnet and npm, and nothing else on the PATH.

The stand-in for dotnet "builds" a command line that prints its arguments; both write down what they were called with.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import tarfile
from typing import TYPE_CHECKING

from repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ARCHIVE = "node-llama-cpp-linux-x64-3.22.1.tgz"
# fmt: off
TOOLS = [
    "basename", "bash", "cat", "chmod", "cksum", "comm", "cp", "cut", "dirname", "env", "find", "flock", "grep",
    "gzip", "head", "mkdir", "mktemp", "mv", "readlink", "rm", "sed", "sha256sum", "sleep", "sort", "tail", "tar",
    "touch", "tr", "xargs",
]
# fmt: on

DOTNET = """#!/usr/bin/env bash
case $1 in
    --version) [[ ! -e $FAKES/no-sdk ]] || exit 145; echo 10.0.100 ;;
    --list-sdks) echo "9.0.300 [somewhere]" ;;
    build)
        echo "$*" >>"$FAKES/builds"
        [[ ! -e $FAKES/slow ]] || sleep 1
        if [[ -e $FAKES/broken ]]; then
            echo "$PWD/src/A.cs(1,2): error CS1002: ; expected [$PWD/src/Bridge.Cli/ThemisBridge.Cli.csproj]"
            exit 1
        fi
        out=artifacts/bin/ThemisBridge.Cli/release
        mkdir -p "$out"
        printf '%s\\n' '#!/usr/bin/env bash' 'printf "<%s>" "$@"; echo' 'echo "$THEMIS_LLAMA_NATIVES"' \\
            'cat' 'exit "${EXIT_WITH:-0}"' >"$out/themis-bridge"
        chmod +x "$out/themis-bridge"
        ;;
esac
"""

NPM = """#!/usr/bin/env bash
echo "$*" >>"$FAKES/npm-calls"
[[ ! -e $FAKES/no-network ]] || { echo "npm error request to the registry failed" >&2; exit 1; }
cp "$FAKES/archive.tgz" "$(basename "node-llama-cpp-linux-x64-3.22.1.tgz")"
"""


def archive() -> bytes:
    """An archive with the layout of the real package."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        files = {"LICENSE": "MIT", "bins/linux-x64/libllama.v0.so": "l", "bins/linux-x64/llama-addon.node": "n"}
        for name, content in files.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content.encode()))
    return buffer.getvalue()


class StartFolder:
    """The copy; its path has a space in it."""

    def __init__(self, folder: Path) -> None:
        """Fills the folder."""
        self.root = folder / "a checkout"
        self.fakes = folder / "fakes"
        self.commands = folder / "commands"
        for made in (self.root / "src/Bridge.Cli", self.root / "scripts", self.fakes, self.commands, folder / "home"):
            made.mkdir(parents=True)
        for name in ("themis-bridge", "scripts/lib.sh", "scripts/build.sh", "scripts/natives.sh"):
            shutil.copy2(ROOT / name, self.root / name)
        for name in ("Directory.Build.props", "Directory.Packages.props", "global.json", "src/A.cs", "src/B.cs"):
            (self.root / name).write_text(name)
        content = archive()
        (self.fakes / "archive.tgz").write_bytes(content)
        self.pin(content)
        for name in TOOLS:
            found = shutil.which(name)
            assert found, f"{name} is missing on this machine"
            (self.commands / name).symlink_to(found)
        self.command("dotnet", DOTNET)
        self.command("npm", NPM)
        self.environment = {
            "PATH": str(self.commands),
            "HOME": str(folder / "home"),
            "FAKES": str(self.fakes),
            "OSTYPE": "linux-gnu",
            "HOSTTYPE": "x86_64",
        }

    def command(self, name: str, text: str) -> None:
        """Puts a program on the PATH."""
        (self.commands / name).write_text(text)
        (self.commands / name).chmod(0o755)

    def pin(self, content: bytes) -> None:
        """Writes down the digest that the archive must have."""
        digest = hashlib.sha256(content).hexdigest()
        (self.root / "scripts/natives.sha256").write_text(f"{digest}  {ARCHIVE}\n")

    def set(self, flag: str) -> None:
        """Makes the stand-ins behave otherwise."""
        (self.fakes / flag).touch()

    def calls(self, name: str) -> list[str]:
        """What a stand-in was called with."""
        path = self.fakes / name
        return path.read_text().splitlines() if path.exists() else []

    def start(
        self,
        *arguments: str,
        program: Path | None = None,
        cwd: Path | None = None,
        extra: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[str]:
        """Starts the launcher, or another program of the copy."""
        return subprocess.Popen(
            [program or self.root / "themis-bridge", *arguments],
            cwd=cwd or self.root.parent,
            env={**self.environment, **(extra or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(
        self,
        *arguments: str,
        program: Path | None = None,
        cwd: Path | None = None,
        extra: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Starts it and waits for its end."""
        process = self.start(*arguments, program=program, cwd=cwd, extra=extra)
        out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def natives(self, **extra: str) -> subprocess.CompletedProcess[str]:
        """Runs natives.sh alone."""
        return self.run(program=self.root / "scripts/natives.sh", extra=extra)

    def edit(self, name: str, text: str, time: float | None = None) -> None:
        """Changes a source, with an old time where one is given."""
        (self.root / name).write_text(text)
        if time is not None:
            os.utime(self.root / name, (time, time))
