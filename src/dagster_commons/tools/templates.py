"""The files of `examples/`, from which `commons new` and `commons demo` write."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

LEFT_BY_TOOLS = frozenset({".venv", ".dg", ".pytest_cache", ".ruff_cache", "__pycache__", "build", "dist", "uv.lock"})


def template_files(name: str) -> tuple[tuple[PurePosixPath, bytes], ...]:
    """Every file below `examples/<name>` (say "path/shared"): its path relative to that folder and its bytes, sorted.

    What uv, Dagster or pytest leave behind in a checkout is not part of a template.

    Raises:
        FileNotFoundError: there is no such example.

    """
    folder = _examples_folder() / name
    found = tuple(
        (PurePosixPath(relative.as_posix()), file.read_bytes())
        for file in sorted(folder.rglob("*"))
        if file.is_file() and LEFT_BY_TOOLS.isdisjoint((relative := file.relative_to(folder)).parts)
    )
    if not found:
        raise FileNotFoundError(f"no example called {name}")
    return found


def _examples_folder() -> Path:
    """Inside the installed distribution, or (an editable installation) at the root of the checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "examples"
    return installed if installed.is_dir() else package.parents[1] / "examples"
