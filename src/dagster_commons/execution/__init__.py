"""The only writer of the user's files: applies a staged plan under a journal, takes changes back, recovers."""

from __future__ import annotations

from dagster_commons.execution.applying import apply
from dagster_commons.execution.recovery import recover
from dagster_commons.execution.undoing import planned_undo, undo
from dagster_commons.tools.history import history, images, unfinished_run

__all__ = ["apply", "history", "images", "planned_undo", "recover", "undo", "unfinished_run"]
