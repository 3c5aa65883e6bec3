"""./themis-bridge: builds when the sources differ from what was built, and else is not noticed."""

from __future__ import annotations

import shutil
import signal
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from start_folder import StartFolder


def test_first_start_builds_and_passes_everything_on(folder: StartFolder) -> None:
    first = folder.run("ask", "two words", "", extra={"EXIT_WITH": "7"})
    assert first.returncode == 7
    assert first.stdout == f"<ask><two words><>\n{folder.root}/.natives/linux-x64\n"
    assert "Building ThemisBridge ..." in first.stderr
    assert len(folder.calls("builds")) == 1


def test_warm_start_builds_nothing_and_says_nothing(folder: StartFolder) -> None:
    folder.run()
    warm = folder.run("--version")
    assert (warm.returncode, warm.stderr) == (0, "")
    assert len(folder.calls("builds")) == 1


def test_standard_input_reaches_the_command_line_untouched(folder: StartFolder, tmp_path: Path) -> None:
    (tmp_path / "input").write_text("hello\n")
    script = tmp_path / "script"
    script.write_text(f'#!/usr/bin/env bash\n"{folder.root}/themis-bridge" <"{tmp_path}/input"\n')
    script.chmod(0o755)
    assert folder.run(program=script).stdout.endswith("hello\n")


@pytest.mark.parametrize("place", ["src/A.cs", "Directory.Packages.props", "global.json"])
def test_edited_file_builds_again(folder: StartFolder, place: str) -> None:
    folder.run()
    folder.edit(place, "other")
    folder.run()
    assert len(folder.calls("builds")) == 2


def test_deleted_and_added_files_build_again(folder: StartFolder) -> None:
    folder.run()
    (folder.root / "src/B.cs").unlink()
    folder.run()
    (folder.root / "src/C.cs").write_text("new")
    folder.run()
    assert len(folder.calls("builds")) == 3


def test_touched_file_and_document_build_nothing(folder: StartFolder) -> None:
    folder.run()
    (folder.root / "src/A.cs").touch()
    (folder.root / "src/README.md").write_text("text")
    folder.run()
    assert len(folder.calls("builds")) == 1


def test_changed_file_with_an_old_time_is_made_new_for_msbuild(folder: StartFolder) -> None:
    folder.run()
    before = time.time()
    folder.edit("src/A.cs", "from an archive", time=1000)
    folder.edit("src/B.cs", "src/B.cs", time=1000)
    folder.run()
    assert (folder.root / "src/A.cs").stat().st_mtime >= before - 2
    assert (folder.root / "src/B.cs").stat().st_mtime == 1000
    assert len(folder.calls("builds")) == 2


def test_removed_program_is_built_again(folder: StartFolder) -> None:
    folder.run()
    shutil.rmtree(folder.root / "artifacts")
    assert folder.run().returncode == 0
    assert len(folder.calls("builds")) == 2


def test_failed_build_shows_the_errors_and_is_tried_again(folder: StartFolder) -> None:
    folder.set("broken")
    failed = folder.run()
    assert (failed.returncode, failed.stdout) == (70, "")
    assert "\nsrc/A.cs(1,2): error CS1002: ; expected\n" in failed.stderr
    assert f"{folder.root}/.stamps/build.log" in failed.stderr
    (folder.fakes / "broken").unlink()
    assert folder.run().returncode == 0


def test_failed_build_of_an_edit_does_not_pass_for_the_built_state_once_reverted(folder: StartFolder) -> None:
    folder.run()
    folder.edit("src/A.cs", "broken edit")
    folder.set("broken")
    folder.run()
    (folder.fakes / "broken").unlink()
    folder.edit("src/A.cs", "src/A.cs")
    folder.run()
    assert len(folder.calls("builds")) == 3


@pytest.mark.parametrize("flock", [True, False])
def test_two_starts_at_once_build_once(folder: StartFolder, flock: bool) -> None:
    if not flock:
        (folder.commands / "flock").unlink()
    folder.natives()
    folder.set("slow")
    both = [folder.start(str(i)) for i in range(2)]
    ends = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0], ends
    assert len(folder.calls("builds")) == 1


def test_lock_of_a_dead_start_is_taken_over_without_flock(folder: StartFolder) -> None:
    (folder.commands / "flock").unlink()
    held = folder.root / ".stamps/build.lock.held"
    held.mkdir(parents=True)
    (held / "owner").write_text("4194305\n")  # above the largest process number
    assert folder.run().returncode == 0
    assert not held.exists()


@pytest.mark.parametrize("flock", [True, False])
def test_interrupted_build_leaves_no_lock_and_is_done_next_time(folder: StartFolder, flock: bool) -> None:
    if not flock:
        (folder.commands / "flock").unlink()
    folder.natives()
    folder.set("slow")
    process = folder.start()
    while not folder.calls("builds"):
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 143
    assert folder.run().returncode == 0
    assert len(folder.calls("builds")) == 2


def test_missing_sdk_is_named_with_its_remedy(folder: StartFolder) -> None:
    (folder.commands / "dotnet").unlink()
    refused = folder.run("ask", "x")
    assert (refused.returncode, refused.stdout) == (69, "")
    assert refused.stderr.startswith("themis-bridge: the .NET 10 SDK was not found; install it")
    assert refused.stderr.count("\n") == 1


def test_too_old_sdk_is_named_with_its_remedy(folder: StartFolder) -> None:
    folder.natives()
    folder.set("no-sdk")
    refused = folder.run()
    assert refused.returncode == 69
    assert "has only: 9.0.300 (dotnet --list-sdks); install" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_missing_npm_ends_the_first_start_before_it_builds(folder: StartFolder) -> None:
    (folder.commands / "npm").unlink()
    refused = folder.run()
    assert refused.returncode == 69
    assert "npm, which was not found" in refused.stderr
    assert not folder.calls("builds")


def test_dotnet_root_goes_before_the_path(folder: StartFolder, tmp_path: Path) -> None:
    (tmp_path / "sdk").mkdir()
    (folder.commands / "dotnet").rename(tmp_path / "sdk/dotnet")
    assert folder.run(extra={"DOTNET_ROOT": str(tmp_path / "sdk")}).returncode == 0


def test_works_through_links_and_from_any_folder(folder: StartFolder, tmp_path: Path) -> None:
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()
    (elsewhere / "direct").symlink_to(folder.root / "themis-bridge")
    (elsewhere / "twice").symlink_to("direct")
    assert folder.run("x", program=elsewhere / "twice", cwd=elsewhere).stdout.startswith("<x>\n")


def test_home_that_cannot_be_used_is_replaced_for_the_build(folder: StartFolder) -> None:
    assert folder.run(extra={"HOME": "/nowhere"}).returncode == 0
    assert (folder.root / ".tools/home").is_dir()
