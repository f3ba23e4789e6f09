"""Real git for tests: repositories, bare remotes, commits, submodules, and what a git directory holds, as digests.

Whoever clones submodules from these remotes needs the fixture `local_remotes`.
"""

from __future__ import annotations

import hashlib
import stat
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def git(directory: Path, *arguments: str) -> str:
    """What git printed; fails the test with git's own words."""
    done = subprocess.run(("git", *arguments), cwd=directory, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"git {' '.join(arguments)}: {done.stderr}"
    return done.stdout


def init(path: Path, files: dict[str, str] | None = None) -> Path:
    """A repository at `path` with one commit of `files`."""
    path.mkdir(parents=True)
    git(path, "init", "--quiet")
    commit(path, files or {"README.md": f"{path.name}\n"})
    return path


def commit(repository: Path, files: dict[str, str], message: str = "change") -> str:
    """Write and commit `files`; the commit's name."""
    for name, content in files.items():
        write(repository / name, content)
    git(repository, "add", "--", *files)
    git(repository, "commit", "--quiet", "--message", message)
    return head(repository)


def write(path: Path, content: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def head(repository: Path) -> str:
    return git(repository, "rev-parse", "HEAD").strip()


def remote(path: Path, files: dict[str, str] | None = None) -> Path:
    """A bare repository at `path` with one commit of `files` on `main`."""
    seed = init(path.with_name(f"{path.name}-seed"), files)
    git(path.parent, "clone", "--quiet", "--bare", str(seed), str(path))
    git(seed, "remote", "add", "origin", str(path))
    git(seed, "fetch", "--quiet", "origin")
    git(seed, "branch", "--quiet", "--set-upstream-to=origin/main")
    return path


def push_to(bare: Path, files: dict[str, str], message: str = "change") -> str:
    """One more commit on the `main` of a bare repository that `remote` made; the commit's name."""
    seed = bare.with_name(f"{bare.name}-seed")
    name = commit(seed, files, message)
    git(seed, "push", "--quiet", "origin", "HEAD:main")
    return name


def clone(source: Path, path: Path, *options: str) -> Path:
    git(path.parent, "clone", "--quiet", *options, str(source), str(path))
    return path


def add_submodule(repository: Path, url: Path | str, path: str, *options: str) -> Path:
    """`git submodule add`, committed."""
    git(repository, "submodule", "--quiet", "add", *options, "--", str(url), path)
    git(repository, "commit", "--quiet", "--message", f"add {path}")
    return repository / path


def digests(directory: Path) -> dict[str, str]:
    """Every file below `directory`: type, permissions, time and content; of directories their names alone.

    Without the times of git's objects: writing an object anew that an alternate has, git touches the one there.
    """
    found = {}
    for path in sorted(directory.rglob("*")):
        status = path.lstat()
        mode = stat.S_IMODE(status.st_mode)
        if path.is_symlink():
            described = f"link {path.readlink()}"
        elif path.is_file():
            time = 0 if "objects" in path.parts else status.st_mtime_ns
            described = f"file {mode:o} {time} {hashlib.sha256(path.read_bytes()).hexdigest()}"
        else:
            described = "directory"
        found[path.relative_to(directory).as_posix()] = described
    return found
