"""`uv.lock`: bytes to values, no process, fast enough for hundreds of locks of hundreds of kilobytes.

uv writes the file itself, always in one layout.  So the text is cut at its `[[package]]` lines and only the blocks
that are asked for are parsed; a file in any other layout (CRLF, edited by hand) is parsed whole, with the same answers.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, get_args
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from dagster_commons.errors import UsageError
from dagster_commons.tools.lock_tables import loads, number_of, table_of, tables_of, text_of, texts_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from dagster_commons.model.sources import GitReferenceKind

LockSourceKind: TypeAlias = Literal["registry", "git", "url", "path", "directory", "editable", "virtual"]

SOURCE_KINDS: tuple[LockSourceKind, ...] = get_args(LockSourceKind)
LOCAL_KINDS: tuple[LockSourceKind, ...] = ("directory", "editable", "virtual")
FILE_KINDS: tuple[LockSourceKind, ...] = ("path", "url")  # of one file, which may change
GIT_REFERENCE_KINDS: tuple[GitReferenceKind, ...] = ("tag", "branch", "rev")

_PACKAGE_LINE = b"\n[[package]]\n"
_OTHER_TABLE = re.compile(rb"\n[ \t]*\[(?!package\.)")
_FIRST_LINES = re.compile(rb'name = "([^"\\]+)"\n(?:version = "([^"\\]+)"\n)?source = (\{ [^\n]+ \})\n')
_PASSWORD = re.compile(rb"://[^\s/@:\"]*:[^\s/@\"]+@([^\s/@:\"]+)")
_UNCANONICAL = (b"\r", b'"""', b"'''", b"\n<<<<<<<")

LOCKS_REMEMBERED = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class LockSource:
    """Where a version comes from.  `value` is a URL, or a path relative to the lock's directory."""

    kind: LockSourceKind
    value: str  # for git: the repository's URL alone
    reference_kind: GitReferenceKind | None = None
    reference: str | None = None
    commit: str | None = None
    subdirectory: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedRequirement:
    """One requirement that uv recorded: of a local package, or of the manifest.

    `source` is None where any index may provide it; an index that must is a source of kind "registry".
    """

    name: str
    extras: tuple[str, ...] = ()
    specifier: str = ""
    marker: str = ""
    source: LockSource | None = None
    conflict: tuple[str, ...] = ()  # "package=…", "extra=…" or "group=…": the source holds for that extra or group only


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedPackage:
    """One `[[package]]`; `version` is None where uv leaves it out because it is dynamic.

    `dependencies` are names, those of extras and dependency groups included, sorted.
    """

    name: str
    version: str | None
    source: LockSource
    dependencies: tuple[str, ...] = ()
    requires_dist: tuple[LockedRequirement, ...] = ()
    requires_dev: tuple[tuple[str, tuple[LockedRequirement, ...]], ...] = ()
    provides_extras: tuple[str, ...] = ()
    default_groups: tuple[str, ...] | Literal["all"] | None = None  # None: uv's own choice
    group_requires_python: tuple[tuple[str, str], ...] = ()
    has_hashes: bool = False
    hashes: tuple[str, ...] = ()  # of its wheels and its sdist, as far as the lock has them


class _Block(NamedTuple):
    """A package's first lines, and its text or table until somebody asks for the rest."""

    name: str
    version: str | None
    source: LockSource
    body: bytes | Mapping[str, object]


_chunks_seen: dict[bytes, bytes] = {}  # the locks of a workspace repeat most of each other: one copy of each text


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A `uv.lock` as a value.  `header` holds every top-level key and table but the packages."""

    file: Path
    version: int
    revision: int
    requires_python: str
    header: Mapping[str, object]
    _blocks: Mapping[str, tuple[_Block, ...]] = field(repr=False)
    _chunks: tuple[bytes, ...] = field(repr=False)  # all of the text, cut at its packages

    def names(self) -> tuple[str, ...]:
        """Every locked distribution package, sorted."""
        return tuple(sorted(self._blocks))

    def package(self, name: str) -> tuple[LockedPackage, ...]:
        """What is locked as `name` (normalised): nothing, one, or one per fork.

        Raises:
            UsageError: the package's part of the file is malformed.

        """
        return tuple(_package(self, block) for block in self._blocks.get(name, ()))

    def line_of(self, name: str) -> int | None:
        """The line where the first package of that name begins to be described: the one that names it."""
        content = _PACKAGE_LINE.join(self._chunks)
        place = content.find(f'\n[[package]]\nname = "{name}"\n'.encode())
        return None if place < 0 else content.count(b"\n", 0, place) + 3

    def versions(self, name: str) -> tuple[str | None, ...]:
        """The locked versions of `name` (None: dynamic); cheaper than `package`."""
        return tuple(block.version for block in self._blocks.get(name, ()))

    def sources(self, name: str) -> tuple[LockSource, ...]:
        """The sources of `name`, one per locked version; cheaper than `package`."""
        return tuple(block.source for block in self._blocks.get(name, ()))

    def passwords(self) -> tuple[tuple[int, str], ...]:
        """The lines that have a URL with a password in it, each with the host that it is for."""
        if not any(b"@" in each for each in self._chunks):
            return ()
        content = _PACKAGE_LINE.join(self._chunks)
        found = ((content.count(b"\n", 0, each.start()) + 1, each[1].decode()) for each in _PASSWORD.finditer(content))
        return tuple(dict(found).items())

    def local_names(self) -> tuple[str, ...]:
        """What is locked as a directory on disk (editable, directory or virtual), sorted."""
        return tuple(name for name in self.names() if any(source.kind in LOCAL_KINDS for source in self.sources(name)))


_remembered: dict[bytes, Lock] = {}  # by a digest of the text


def read(path: Path) -> Lock:
    """The lock in the file `path`.

    Raises:
        UsageError: the file cannot be read or is malformed.

    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read the lock: {error.strerror}", file=path) from error
    return parse(content, path)


def parse(content: bytes, file: Path) -> Lock:
    """The lock in `content`; `file` is where an error points.

    In uv's own layout a package's dependencies are parsed when they are asked for, so an error in them shows then.
    What was parsed is remembered: a diff meets the same lock in every state.

    Raises:
        UsageError: `content` is no lock of uv's.

    """
    digest = hashlib.sha256(content).digest()
    lock = _remembered.get(digest)
    if lock is None:
        lock = _parse(content, file)
        if len(_remembered) < LOCKS_REMEMBERED:
            _remembered[digest] = lock
    return replace(lock, file=file)


def _parse(content: bytes, file: Path) -> Lock:
    if any(mark in content for mark in _UNCANONICAL) or content.endswith((b",\n", b"[\n")):
        return parse_whole(content, file)
    header_text, *chunks = content.split(_PACKAGE_LINE)
    header = loads(header_text, content, file)
    blocks = _cut_blocks(chunks, content, file) if "package" not in header else None
    if blocks is None:
        return parse_whole(content, file)
    return _lock(
        file, header, blocks, (header_text, *(block.body for block in blocks if isinstance(block.body, bytes)))
    )


def parse_whole(content: bytes, file: Path) -> Lock:
    """As `parse`, without the short cut through uv's own layout.

    Raises:
        UsageError: `content` is no lock of uv's.

    """
    document = dict(loads(content, content, file))
    blocks = []
    for table in tables_of(document.pop("package", []), file, "package"):
        version = text_of(table, "version", file) if "version" in table else None
        source = _source(table_of(table.get("source"), file, "source"), file)
        blocks.append(_Block(text_of(table, "name", file), version, source, table))
    return _lock(file, document, blocks, (content,))


def reachable_names(lock: Lock, name: str) -> tuple[str, ...]:
    """What the lock reaches from `name` (extras and groups included), `name` itself left out, sorted.

    Raises:
        UsageError: a package on the way is malformed.

    """
    reached: set[str] = {name}
    waiting = [name]
    while waiting:
        for package in lock.package(waiting.pop()):
            new = set(package.dependencies) - reached
            reached |= new
            waiting.extend(new)
    return tuple(sorted(reached - {name}))


def version_changes(old: Lock, new: Lock, *, ignoring: Collection[str] = ()) -> tuple[str, ...]:
    """What moved from `old` to `new`, one line each, sorted; packages named in `ignoring` are left out."""
    lines = []
    for name in sorted({*old.names(), *new.names()} - {*ignoring}):
        before, after = _version_words(old, name), _version_words(new, name)
        if before is None:
            lines.append(f"{name} added {after}")
        elif after is None:
            lines.append(f"{name} removed {before}")
        elif before != after:
            lines.append(f"{name} {before} → {after}")
    return tuple(lines)


def requirements(array: object, file: Path) -> tuple[LockedRequirement, ...]:
    """An array of requirements in the form in which uv records them, as in `[manifest]`'s `constraints`.

    Raises:
        UsageError: the array is not of that form.

    """
    return tuple(_requirement(table, file) for table in tables_of(array, file, "requirements"))


def _cut_blocks(chunks: Sequence[bytes], content: bytes, file: Path) -> list[_Block] | None:
    """The packages' blocks, or None when one of them is not laid out as uv does it."""
    blocks = []
    sources: dict[bytes, LockSource] = {}
    for chunk in chunks:
        first = _FIRST_LINES.match(chunk)
        if first is None or _OTHER_TABLE.search(chunk, first.end() - 1):
            return None
        name, version, source_text = first.groups()
        source = sources.get(source_text)
        if source is None:
            table = loads(b"source = " + source_text, content, file)
            source = sources[source_text] = _source(table_of(table["source"], file, "source"), file)
        body = _chunks_seen.setdefault(chunk, chunk)
        blocks.append(_Block(name.decode(), version.decode() if version else None, source, body))
    return blocks


def _lock(file: Path, header: Mapping[str, object], blocks: Iterable[_Block], chunks: tuple[bytes, ...]) -> Lock:
    by_name: dict[str, tuple[_Block, ...]] = {}
    for block in blocks:
        by_name[block.name] = (*by_name.get(block.name, ()), block)
    return Lock(
        file=file,
        version=number_of(header, "version", file),
        revision=number_of(header, "revision", file, default=0),
        requires_python=text_of(header, "requires-python", file, default=""),
        header=header,
        _blocks=by_name,
        _chunks=chunks,
    )


def _package(lock: Lock, block: _Block) -> LockedPackage:
    if not isinstance(block.body, bytes):
        return _package_of(block, block.body, lock.file)
    try:
        return _package_of_text(block, block.body)
    except UsageError:  # once more, for the file and the line to point at
        content = _PACKAGE_LINE.join(lock._chunks)  # noqa: SLF001 - the class's other half
        tables = loads(_PACKAGE_LINE + block.body, content, lock.file)
        return _package_of(block, tables_of(tables["package"], lock.file, "package")[0], lock.file)


@lru_cache(maxsize=2048)  # a package and its text: some 6 KB
def _package_of_text(block: _Block, body: bytes) -> LockedPackage:
    """Remembered: the locks of a workspace repeat most of each other."""
    nowhere, text = Path(), _PACKAGE_LINE + body
    return _package_of(block, tables_of(loads(text, text, nowhere)["package"], nowhere, "package")[0], nowhere)


def _package_of(block: _Block, table: Mapping[str, object], file: Path) -> LockedPackage:
    groups = [table_of(table.get(key, {}), file, key) for key in ("optional-dependencies", "dev-dependencies")]
    edges = [table.get("dependencies", []), *(edge for group in groups for edge in group.values())]
    names = {text_of(edge, "name", file) for each in edges for edge in tables_of(each, file, "dependencies")}
    metadata = table_of(table.get("metadata", {}), file, "metadata")
    artifacts = _artifacts(table, file)
    development = table_of(metadata.get("requires-dev", {}), file, "requires-dev")
    return LockedPackage(
        name=block.name,
        version=block.version,
        source=block.source,
        dependencies=tuple(sorted(names)),
        requires_dist=requirements(metadata.get("requires-dist", []), file),
        requires_dev=tuple(sorted((group, requirements(each, file)) for group, each in development.items())),
        provides_extras=tuple(texts_of(metadata.get("provides-extras", []), file, "provides-extras")),
        default_groups=_default_groups(table.get("default-groups"), file),
        group_requires_python=tuple(
            sorted(
                (group, str(each)) for group, each in table_of(table.get("group-requires-python", {}), file, "").items()
            )
        ),
        has_hashes=bool(artifacts) and all("hash" in each for each in artifacts),
        hashes=tuple(text_of(each, "hash", file) for each in artifacts if "hash" in each),
    )


def _requirement(table: Mapping[str, object], file: Path) -> LockedRequirement:
    if "index" in table:
        source: LockSource | None = LockSource(kind="registry", value=text_of(table, "index", file))
    else:
        source = _source(table, file) if any(kind in table for kind in SOURCE_KINDS) else None
    conflict = table_of(table.get("conflict", {}), file, "conflict")
    return LockedRequirement(
        name=text_of(table, "name", file),
        extras=tuple(sorted(texts_of(table.get("extras", []), file, "extras"))),
        specifier=text_of(table, "specifier", file, default=""),
        marker=text_of(table, "marker", file, default=""),
        source=source,
        conflict=tuple(sorted(f"{key}={value}" for key, value in conflict.items())),
    )


def _default_groups(value: object, file: Path) -> tuple[str, ...] | Literal["all"] | None:
    if value is None:
        return None
    return "all" if value == "all" else texts_of(value, file, "default-groups")


def _artifacts(table: Mapping[str, object], file: Path) -> tuple[Mapping[str, object], ...]:
    wheels = tables_of(table.get("wheels", []), file, "wheels")
    return (*wheels, *((table_of(table["sdist"], file, "sdist"),) if "sdist" in table else ()))


def _source(table: Mapping[str, object], file: Path) -> LockSource:
    for kind in SOURCE_KINDS:
        if kind in table:
            value = text_of(table, kind, file)
            if kind == "git":
                return _git_source(value)
            subdirectory = text_of(table, "subdirectory", file, default="") or None
            return LockSource(kind=kind, value=value, subdirectory=subdirectory)
    raise UsageError(f"uv.lock has a source that is not understood: {', '.join(table)}", file=file)


def _git_source(url: str) -> LockSource:
    """`URL?tag=v1&subdirectory=lib#COMMIT`; what else the query holds stays in the URL."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    kind = next((each for each in GIT_REFERENCE_KINDS if each in query), None)
    others = {key: value for key, value in query.items() if key not in ("tag", "branch", "rev", "subdirectory")}
    return LockSource(
        kind="git",
        value=urlunsplit(parts._replace(query=urlencode(others), fragment="")),
        reference_kind=kind,
        reference=query[kind] if kind else None,
        commit=parts.fragment or None,
        subdirectory=query.get("subdirectory"),
    )


def _version_words(lock: Lock, name: str) -> str | None:
    """The versions of `name`, newest wording of several joined; None when it is not locked."""
    versions = lock.versions(name)
    return ", ".join(sorted(each or "dynamic" for each in versions)) if versions else None
