"""Fixtures that more than one file uses."""

from pathlib import Path

import pytest
from start_folder import StartFolder


@pytest.fixture
def folder(tmp_path: Path) -> StartFolder:
    """A copy of the start scripts with nothing built and nothing fetched."""
    return StartFolder(tmp_path)
