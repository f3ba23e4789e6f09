"""What `uv lock --check` would say of a uv workspace root, from values alone: without starting uv."""

from __future__ import annotations

from dagster_commons.analysis.lock_state.judgement import lock_state, needed_directories

__all__ = ["lock_state", "needed_directories"]
