"""The command line's reference page shows what the installed command prints."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from documentation.commands import all_commands, help_of

COMMONS = Path(sys.executable).with_name("commons")


@pytest.mark.parametrize("words", all_commands(), ids=lambda words: " ".join(words) or "commons")
def test_help_is_what_the_page_shows(words):
    environment = os.environ | {"COLUMNS": "80", "NO_COLOR": "1"}
    done = subprocess.run([COMMONS, *words, "--help"], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == help_of(words)
