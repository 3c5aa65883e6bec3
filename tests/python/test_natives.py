"""scripts/natives.sh: fetches once, checks before it unpacks, and says in one sentence why it cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from start_folder import ARCHIVE

if TYPE_CHECKING:
    from pathlib import Path

    from start_folder import StartFolder


def only_error(text: str) -> str:
    """The one line that an error may be, apart from the progress lines."""
    lines = [line for line in text.splitlines() if not line.startswith("Fetching ")]
    assert len(lines) == 1, text
    return lines[0]


def test_first_start_fetches_and_later_ones_are_quiet(folder: StartFolder) -> None:
    target = folder.root / ".natives/linux-x64"
    first = folder.natives()
    assert (first.returncode, first.stdout) == (0, f"{target}\n")
    assert sorted(path.name for path in target.iterdir()) == [".digest", "LICENSE", "libllama.v0.so"]
    assert [path.name for path in target.parent.iterdir()] == ["linux-x64"]
    second = folder.natives()
    assert (second.returncode, second.stdout, second.stderr) == (0, f"{target}\n", "")
    assert len(folder.calls("npm-calls")) == 1


def test_override_is_taken_as_it_is(folder: StartFolder, tmp_path: Path) -> None:
    own = folder.natives(THEMIS_LLAMA_NATIVES=str(tmp_path))
    assert (own.returncode, own.stdout, own.stderr) == (0, f"{tmp_path}\n", "")
    assert not folder.calls("npm-calls")


def test_override_that_is_no_folder_is_refused(folder: StartFolder) -> None:
    refused = folder.natives(THEMIS_LLAMA_NATIVES="/nowhere")
    assert refused.returncode == 69
    assert "THEMIS_LLAMA_NATIVES names /nowhere" in only_error(refused.stderr)


def test_wrong_digest_uses_nothing(folder: StartFolder) -> None:
    folder.pin(b"something else")
    refused = folder.natives()
    assert refused.returncode == 69
    assert "has the SHA-256 digest" in only_error(refused.stderr)
    assert not list((folder.root / ".natives").iterdir())


def test_new_pin_replaces_what_is_there(folder: StartFolder) -> None:
    folder.natives()
    content = (folder.fakes / "archive.tgz").read_bytes() + b"\0"
    (folder.fakes / "archive.tgz").write_bytes(content)
    folder.pin(content)
    again = folder.natives()
    assert again.returncode == 0, again.stderr
    assert len(folder.calls("npm-calls")) == 2


def test_archive_of_an_interrupted_start_is_not_fetched_again(folder: StartFolder) -> None:
    kept = folder.root / ".natives" / ARCHIVE
    kept.parent.mkdir()
    kept.write_bytes((folder.fakes / "archive.tgz").read_bytes())
    assert folder.natives().returncode == 0
    assert not folder.calls("npm-calls")
    assert not kept.exists()


def test_half_an_archive_of_an_interrupted_start_is_fetched_again(folder: StartFolder) -> None:
    kept = folder.root / ".natives" / ARCHIVE
    kept.parent.mkdir()
    kept.write_bytes(b"half")
    assert folder.natives().returncode == 0
    assert len(folder.calls("npm-calls")) == 1


def test_missing_npm_is_named_with_its_remedy(folder: StartFolder) -> None:
    (folder.commands / "npm").unlink()
    refused = folder.natives()
    assert refused.returncode == 69
    assert "apt-get install npm" in only_error(refused.stderr)


def test_missing_network_is_named_with_npms_own_words(folder: StartFolder) -> None:
    folder.set("no-network")
    refused = folder.natives()
    assert refused.returncode == 69
    assert "request to the registry failed; check the network" in only_error(refused.stderr)


@pytest.mark.parametrize(
    ("system", "machine"), [("linux-musl", "x86_64"), ("darwin23", "arm64"), ("linux-gnu", "riscv64")]
)
def test_platform_without_a_package_is_refused(folder: StartFolder, system: str, machine: str) -> None:
    refused = folder.natives(OSTYPE=system, HOSTTYPE=machine)
    assert refused.returncode == 69
    assert f"{machine} {system}" in only_error(refused.stderr)
    assert "set THEMIS_LLAMA_NATIVES" in refused.stderr


def test_llamasharps_package_goes_first_where_it_is(folder: StartFolder, tmp_path: Path) -> None:
    package = tmp_path / "packages/llamasharp.backend.cpu/0.28.0/LLamaSharpRuntimes/linux-x64/native"
    for level in ("avx2", "avx", "noavx"):
        (package / level).mkdir(parents=True)
        (package / level / "libllama.so").touch()
    found = folder.natives(NUGET_PACKAGES=str(tmp_path / "packages"))
    assert found.returncode == 0
    assert found.stdout.startswith(f"{package}/")
    assert not folder.calls("npm-calls")


def test_another_version_of_llamasharps_package_is_passed_over(folder: StartFolder, tmp_path: Path) -> None:
    package = tmp_path / "packages/llamasharp.backend.cpu/0.99.0/LLamaSharpRuntimes/linux-x64/native/noavx"
    package.mkdir(parents=True)
    (package / "libllama.so").touch()
    assert ".natives/linux-x64" in folder.natives(NUGET_PACKAGES=str(tmp_path / "packages")).stdout


@pytest.mark.parametrize("flock", [True, False])
def test_two_starts_at_once_fetch_once(folder: StartFolder, flock: bool) -> None:
    if not flock:
        (folder.commands / "flock").unlink()
    both = [folder.start(program=folder.root / "scripts/natives.sh") for _ in range(2)]
    ends = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0], ends
    assert len(folder.calls("npm-calls")) == 1
