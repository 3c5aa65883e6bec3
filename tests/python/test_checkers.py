"""The checkers of the scripts and the Python sources, one test each; test.sh installs them."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def check(*command: str | Path) -> None:
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_pyright_finds_nothing() -> None:
    check(ROOT / ".tools/node_modules/.bin/pyright", "--pythonpath", sys.executable)


def test_ruff_finds_nothing() -> None:
    check("node", "scripts/ruff.mjs")


def test_shellcheck_finds_nothing() -> None:
    scripts = [path for path in ROOT.glob("*") if path.is_file() and path.read_bytes()[:14] == b"#!/usr/bin/env"]
    scripts += [ROOT / ".ci/run", *ROOT.glob("scripts/*.sh")]
    assert ROOT / "themis-bridge" in scripts
    check("shellcheck", *scripts)
