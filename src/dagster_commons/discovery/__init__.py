"""disk -> Workspace: what there is, read off the files that are there anyway."""

from __future__ import annotations

from dagster_commons.discovery.roots import find_root
from dagster_commons.discovery.workspaces import read_workspace

__all__ = ["find_root", "read_workspace"]
