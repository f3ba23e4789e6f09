"""The typed difference of two snapshots, and what to leave out of it."""

from __future__ import annotations

from dagster_commons.analysis.definitions_diff.comparison import diff, severity
from dagster_commons.analysis.definitions_diff.masking import mask
from dagster_commons.analysis.definitions_diff.values import label

__all__ = ["diff", "label", "mask", "severity"]
