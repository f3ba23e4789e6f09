"""Text of build and CI files -> instructions, steps, commands and settings, each with its line."""

from __future__ import annotations

from dagster_commons.analysis.build_files.parsing import parsed
from dagster_commons.analysis.build_files.unreadable import UnreadableYamlError

__all__ = ["UnreadableYamlError", "parsed"]
