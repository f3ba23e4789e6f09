"""Pages of a simple index (PEP 503, 592, 658, 714): text to values and back, nothing else.

`data-size` and `data-upload-time` are uv's: without the time, `exclude-newer` hides every file of the page.
uv asks a `file://` index for `DIRECTORY/NAME/index.html` only; there is no page that lists the projects.  A page
without files is a reservation: uv stops there and does not ask the next index for that name.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from dagster_commons.errors import ToolError
from dagster_commons.model.registry import ReleasedFile

if TYPE_CHECKING:
    from pathlib import Path

PAGE_NAME = "index.html"

# Files written beside the pages of a registry that is kept in git.
REPOSITORY_FILES: tuple[tuple[str, bytes], ...] = (
    (
        ".gitignore",
        b"""\
# Releases belong into git, whatever else ignores wheels; what a running release writes does not.
!*.whl
!*.tar.gz
!*.metadata
/.lock
.commons-*.part
""",
    ),
    (
        ".gitattributes",
        b"""\
# Locks hold the digests of these very bytes: no line-ending conversion.
* -text
""",
    ),
)


_END = "</body>"
_RESTORE = "restore the page from git; only commons writes it"


def render_page(name: str, files: tuple[ReleasedFile, ...]) -> str:
    """The project page of `name` (normalised), one line per file, sorted, with relative links only."""
    anchors = "".join(f"{_anchor(each)}\n" for each in sorted(files, key=lambda each: each.name))
    return (
        "<!DOCTYPE html>\n"
        '<html lang="en">\n'
        f'<head><meta charset="utf-8"><meta name="pypi:repository-version" content="1.0"><title>{escape(name)}</title>'
        "</head>\n<body>\n"
        f"{anchors}"
        f"{_END}\n</html>\n"
    )


def parse_page(text: str, *, file: Path) -> tuple[ReleasedFile, ...]:
    """The files that a page written by `render_page` lists, sorted by name; the same line twice counts once.

    An empty page lists none.

    Raises:
        ToolError: a link is not a plain file name with a sha256, one name stands with two digests, as after
            a badly merged conflict, or the page has no end; `file` is named.

    """
    found: dict[str, ReleasedFile] = {}
    for attributes in _anchors(text):
        each = _released_file(attributes, file)
        if found.setdefault(each.name, each) != each:
            raise ToolError(
                f"{each.name} is listed twice with different digests or attributes",
                hint="keep the line whose sha256 is that of the file, and remove the other",
                file=file,
            )
    if text.strip() and _END not in text:
        raise ToolError("the page is cut off: files that it listed may be missing", hint=_RESTORE, file=file)
    return tuple(found[name] for name in sorted(found))


def _anchor(released: ReleasedFile) -> str:
    attributes = [("href", f"{quote(released.name)}#sha256={released.sha256}")]
    if released.requires_python is not None:
        attributes.append(("data-requires-python", released.requires_python))
    if released.metadata_sha256 is not None:
        digest = f"sha256={released.metadata_sha256}"
        attributes += [("data-core-metadata", digest), ("data-dist-info-metadata", digest)]
    if released.size is not None:
        attributes.append(("data-size", str(released.size)))
    if released.uploaded is not None:
        attributes.append(("data-upload-time", released.uploaded))
    if released.yanked is not None:
        attributes.append(("data-yanked", released.yanked))
    written = " ".join(f'{key}="{escape(value)}"' for key, value in attributes)
    return f"<a {written}>{escape(released.name)}</a><br>"


def _anchors(text: str) -> tuple[dict[str, str | None], ...]:
    from html.parser import HTMLParser  # noqa: PLC0415 - lazy: planners only render

    class Anchors(HTMLParser):
        found: list[dict[str, str | None]]

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag == "a":
                self.found.append(dict(attrs))

    parser = Anchors()
    parser.found = []
    parser.feed(text)
    parser.close()
    return tuple(parser.found)


def _released_file(attributes: dict[str, str | None], file: Path) -> ReleasedFile:
    path, _, digest = (attributes.get("href") or "").partition("#sha256=")
    name = unquote(path)
    if not name or "/" in name or "\\" in name or name.startswith(".") or not _is_sha256(digest):
        raise ToolError(
            f"the link to {path or 'nothing'!r} is not a file name with its sha256",
            hint=_RESTORE,
            file=file,
        )
    size = attributes.get("data-size") or ""
    _, _, metadata = (attributes.get("data-core-metadata") or "").partition("sha256=")
    return ReleasedFile(
        name=name,
        sha256=digest,
        requires_python=attributes.get("data-requires-python"),
        metadata_sha256=metadata or None,
        size=int(size) if size.isdecimal() else None,
        uploaded=attributes.get("data-upload-time"),
        yanked=(attributes["data-yanked"] or "") if "data-yanked" in attributes else None,
    )


def _is_sha256(digest: str) -> bool:
    return len(digest) == 64 and all(character in "0123456789abcdef" for character in digest)  # noqa: PLR2004 - hex digits of 256 bits
