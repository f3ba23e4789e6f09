"""What is being done to the user's files, written down before it is done, so that a killed run can be taken back.

A journal is a directory: `lock`, `runs/NNNNNN.jsonl` (one file per run, JSON lines, the newest last), `images/` (file
contents by digest) and `backups/NNNNNN/` (git directories).  A run without a line that ends it is unfinished; the file
of one that was rolled back is removed unless its backups hold something.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from dagster_commons.errors import ToolError
from dagster_commons.tools.atomic_files import synchronise_directory, write_atomically
from dagster_commons.tools.children import RecordedChild, describe_self
from dagster_commons.tools.image_store import ImageStore
from dagster_commons.tools.submodules.enumeration import checkout_git_dir

if TYPE_CHECKING:
    from collections.abc import Mapping

DIRECTORY_IN_GIT_DIR = "dagster-commons"
DIRECTORY_OUTSIDE_GIT = ".commons"
POINTER = "dagster-commons-journal"
TEMPORARY = "journal"
CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")

RunKind: TypeAlias = Literal["apply", "undo"]
RunEnd: TypeAlias = Literal["committed", "rolled-back", "abandoned"]
Event: TypeAlias = "Mapping[str, object]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """Where one root's journal is.  Paths in it are relative to `anchor` where inside it, so a checkout may move."""

    directory: Path
    anchor: Path  # the working tree's top level; the root itself outside git

    @property
    def images(self) -> ImageStore:
        return ImageStore(directory=self.directory / "images")

    def run_file(self, run_id: str) -> Path:
        return self.directory / "runs" / f"{run_id}.jsonl"

    def backup_directory(self, run_id: str) -> Path:
        return self.directory / "backups" / run_id

    def as_text(self, path: Path) -> str:
        return path.relative_to(self.anchor).as_posix() if path.is_relative_to(self.anchor) else str(path)

    def as_path(self, text: str) -> Path:
        return self.anchor / text


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run as its file tells it.  `operations` are JSON, understood by `tools.operations`."""

    id: str
    kind: RunKind
    time: str
    argv: tuple[str, ...]
    title: str
    operations: tuple[Mapping[str, object], ...]
    git_dirs: tuple[Path, ...]  # of every repository it touches
    submodules: tuple[Path, ...] = ()  # whose checkout it adds, moves or removes
    undoes: str | None = None
    started: tuple[int, ...] = ()  # indexes of operations
    children: tuple[RecordedChild, ...] = ()  # those that have not ended
    publishing: str | None = None  # an upload begun, of which it is not known whether it arrived
    published: tuple[str, ...] = ()
    end: RunEnd | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildRecorder:
    """Writes every child that runs while a run is open into the run's file (a `tools.process.ChildObserver`)."""

    file: Path

    def started(self, process_group: int, argv: tuple[str, ...]) -> None:
        del process_group  # the child describes itself
        child = describe_self(redacted(argv))
        append(self.file, _child_to_json(child))

    def ended(self, process_group: int) -> None:
        append(self.file, {"event": "child-ended", "group": process_group})


def journal_directory(root: Path) -> Path:
    """Where the journal of `root` is, whether or not it exists yet."""
    return journal_of(root).directory


def journal_of(root: Path) -> Journal:
    """The journal of `root`: in the git directory of its working tree, else in `.commons` of the root itself.

    A root that has its journal in `.commons` keeps it there, whatever becomes a repository around it.
    """
    root = Path(os.path.realpath(root))
    own = root / DIRECTORY_OUTSIDE_GIT
    if (own / "runs").is_dir():
        return Journal(directory=own, anchor=root)
    return _journal_in_git(root, *root.parents) or Journal(directory=own, anchor=root)


def journal_around(path: Path, *, within: Path) -> Journal | None:
    """The journal of the git working tree that `path` (it need not exist) lies in, None outside any.

    For a path in `within` nothing above that counts.
    """
    places = [path, *path.parents]
    if path.is_relative_to(within):
        places = [each for each in places if each.is_relative_to(within)]
    return _journal_in_git(*places)


def create(journal: Journal) -> None:
    """Make the journal's directories.

    Raises:
        OSError: the file system refused.

    """
    for directory in (journal.directory, journal.directory / "runs", journal.directory / "images"):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if journal.directory.name == DIRECTORY_OUTSIDE_GIT and not (journal.directory / ".gitignore").exists():
        (journal.directory / ".gitignore").write_text("*\n", "utf-8")
    synchronise_directory(journal.directory)


def next_run_id(journal: Journal) -> str:
    """A number for a new run, greater than that of every run kept."""
    numbers = [int(each) for each in run_ids(journal)]
    return f"{max(numbers, default=0) + 1:06}"


def run_ids(journal: Journal) -> tuple[str, ...]:
    """The runs that are kept, oldest first."""
    return tuple(sorted(file.stem for file in (journal.directory / "runs").glob("[0-9]*.jsonl")))


def begin(journal: Journal, run: Run) -> None:
    """Open the run; its file appears whole or not at all.

    Raises:
        OSError: the file system refused; nothing is open.

    """
    event = {
        "event": "begin",
        "format": 1,
        "id": run.id,
        "kind": run.kind,
        "time": run.time,
        "argv": list(redacted(run.argv)),
        "title": run.title,
        "undoes": run.undoes,
        "submodules": [journal.as_text(each) for each in run.submodules],
        "git_dirs": [str(each) for each in run.git_dirs],
        "operations": list(run.operations),
    }
    write_atomically(journal.run_file(run.id), _line(event), permissions=0o600, token=TEMPORARY)


def append(file: Path, event: Event) -> None:
    """Add one line durably.  A torn line that a crash or a full disk left at the end is cut off first.

    Raises:
        OSError: the file system refused; the line is not there.

    """
    handle = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
    content = os.pread(handle, os.fstat(handle).st_size, 0)
    whole = content.rfind(b"\n") + 1
    try:
        if whole != len(content):
            os.ftruncate(handle, whole)
        _write_line(handle, _line(event))
    except OSError:
        os.ftruncate(handle, whole)
        raise
    finally:
        os.close(handle)


def unfinished(journal: Journal) -> Run | None:
    """The run that has not been ended, if there is one; writes nothing."""
    newest = run_ids(journal)[-1:]
    run = read_run(journal, newest[0]) if newest else None
    return run if run is not None and run.end is None else None


def read_run(journal: Journal, run_id: str) -> Run:
    """The run as its file tells it, up to the last whole line.

    Raises:
        ToolError: the file cannot be understood.

    """
    file = journal.run_file(run_id)
    try:
        lines = file.read_bytes().split(b"\n")[:-1]  # what follows the last line end is torn
        first, *rest = [json.loads(line) for line in lines]
        run = Run(
            id=run_id,
            kind=first["kind"],
            time=first["time"],
            argv=tuple(first["argv"]),
            title=first["title"],
            operations=tuple(first["operations"]),
            git_dirs=tuple(Path(each) for each in first["git_dirs"]),
            submodules=tuple(journal.as_path(each) for each in first["submodules"]),
            undoes=first["undoes"],
        )
        for event in rest:
            run = _with_event(run, event)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ToolError(f"cannot read the journal {file}: {error}", file=file) from error
    return run


def redacted(argv: tuple[str, ...]) -> tuple[str, ...]:
    """`argv` without the credentials that URLs in it may carry."""
    return tuple(CREDENTIALS.sub("", word) for word in argv)


def point_from(git_dirs: tuple[Path, ...], journal: Journal) -> None:
    """Leave a pointer to `journal` in each git directory, for a run that starts from another root.

    Raises:
        OSError: the file system refused.

    """
    content = f"{journal.directory}\n{journal.anchor}\n".encode()
    for git_dir in git_dirs:
        write_atomically(git_dir / POINTER, content, permissions=0o600, token=TEMPORARY)


def pointed_to(git_dir: Path) -> Journal | None:
    """The journal that the pointer in `git_dir` names, None without a pointer."""
    try:
        directory, anchor = (git_dir / POINTER).read_text("utf-8").splitlines()
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ToolError(f"cannot read {git_dir / POINTER}: {error}", file=git_dir / POINTER) from error
    return Journal(directory=Path(directory), anchor=Path(anchor))


def remove_pointers(git_dirs: tuple[Path, ...], journal: Journal) -> None:
    """Remove the pointers to `journal`; one to another journal is left alone."""
    for git_dir in git_dirs:
        target = pointed_to(git_dir)
        if target is not None and target.directory == journal.directory:
            with contextlib.suppress(FileNotFoundError):
                (git_dir / POINTER).unlink()


def _journal_in_git(*places: Path) -> Journal | None:
    for top in places:
        git_dir = checkout_git_dir(top)
        if git_dir is not None:
            return Journal(directory=git_dir / DIRECTORY_IN_GIT_DIR, anchor=top)
    return None


def _write_line(handle: int, line: bytes) -> None:
    if os.write(handle, line) != len(line):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.fsync(handle)


def _line(event: Event) -> bytes:
    return json.dumps(event, sort_keys=True).encode() + b"\n"


def _child_to_json(child: RecordedChild) -> Event:
    return {
        "event": "child",
        "group": child.group,
        "argv": list(child.argv),
        "started": child.started,
        "ticks": child.ticks,
        "boot": child.boot,
    }


def _child_from_json(event: Mapping[str, Any]) -> RecordedChild:
    return RecordedChild(
        group=event["group"],
        argv=tuple(event["argv"]),
        started=event["started"],
        ticks=event["ticks"],
        boot=event["boot"],
    )


def _with_event(run: Run, event: Mapping[str, Any]) -> Run:
    """The run after one more line of its file."""
    match event["event"]:
        case "started":
            changed = replace(run, started=(*run.started, event["operation"]))
        case "child":
            changed = replace(run, children=(*run.children, _child_from_json(event)))
        case "child-ended":
            changed = replace(run, children=tuple(each for each in run.children if each.group != event["group"]))
        case "publishing":
            changed = replace(run, publishing=event["upload"])
        case "not-published":
            changed = replace(run, publishing=None)
        case "published":
            changed = replace(run, publishing=None, published=(*run.published, event["upload"]))
        case "committed" | "rolled-back" | "abandoned" as end:
            changed = replace(run, end=end)
        case "done":
            changed = run
        case unknown:
            raise ValueError(f"unknown event {unknown!r}")
    return changed
