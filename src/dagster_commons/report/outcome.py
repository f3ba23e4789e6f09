"""What a changing verb did, would do, or refused to do."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from dagster_commons.model.paths import relative
from dagster_commons.model.plan import FileEffect, SubmoduleEffect
from dagster_commons.report import findings
from dagster_commons.report.api import change_document, yaml_document
from dagster_commons.report.diff import lines as verdict_lines
from dagster_commons.report.diff_json import verdict_documents
from dagster_commons.report.diff_markdown import verdict_table
from dagster_commons.report.lines import Line, Span, Tone, cell_width, cut, pad, paint, plain
from dagster_commons.report.machine import encode
from dagster_commons.report.patch import unified_diff

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dagster_commons.model.outcomes import ImportProof, Outcome, OutcomeKind
    from dagster_commons.model.plan import Effect, Upload
    from dagster_commons.model.release import Judgement, Recorded
    from dagster_commons.model.workspace import Workspace

GAP = "  "

_HEADS: dict[OutcomeKind, tuple[str, Tone]] = {
    "applied": ("applied", "plain"),
    "planned": ("planned, nothing written", "plain"),
    "refused": ("refused, nothing written", "error"),
    "rolled-back": ("rolled back", "error"),
    "unchanged": ("nothing to do", "plain"),
}
_COMMIT = "commit when ready:"


def terminal(outcome: Outcome, root: Path, *, width: int, colour: bool, repositories: Sequence[Path] = ()) -> str:
    """What was written, what each environment said, what was lost or moved, and what comes next.

    A planned outcome is the unified diff and the commands instead of the list of files.  `repositories` are the
    roots of the git working trees, for the advice about committing; without any none is given.
    """
    lines = [*_head(outcome, width)]
    if outcome.kind == "planned":
        lines.extend(plain(line) for line in unified_diff(outcome.staged.effects, root))
        lines.extend(_commands(outcome))
    else:
        lines.extend(_edits(outcome, root, width))
    lines.extend(_proofs(outcome.staged.proofs, root))
    if outcome.staged.verdicts:
        lines.extend(verdict_lines(outcome.staged.verdicts, width=width))
    lines.extend(_listed("lost", outcome.staged.plan.losses, "warning"))
    lines.extend(_listed("warning", outcome.staged.plan.warnings, "warning"))
    lines.extend(_listed("third-party version moves", outcome.staged.third_party, "warning"))
    lines.extend(_publishes(outcome))
    lines.extend(plain(note) for note in outcome.notes)
    if outcome.kind == "applied":
        lines.extend(_next_steps(outcome, root, repositories, width))
    return paint(lines, colour=colour)


def as_json(outcome: Outcome, workspace: Workspace) -> str:
    """The document of changing verbs in CLI.md, with what the proof and the locks said."""
    return encode(document(outcome, workspace))


def document(outcome: Outcome, workspace: Workspace) -> dict[str, object]:
    """The same as a value."""
    staged, root = outcome.staged, workspace.root
    return {
        "outcome": outcome.kind,
        "title": staged.plan.title,
        "reason": outcome.reason,
        "edits": [_edit_document(each, root) for each in _sorted(staged.effects, root)],
        "verdicts": verdict_documents(staged.verdicts, workspace),
        "imports": [_import_document(each, root) for each in staged.proofs],
        "losses": list(staged.plan.losses),
        "warnings": list(staged.plan.warnings),
        "third_party": list(staged.third_party),
        "commands": list(staged.commands),
        "publishes": [_upload_document(each) for each in staged.plan.publishes],
        "published": [_upload_document(each) for each in outcome.published],
        "judgement": _judgement_document(outcome.judgement),
        "recorded": _recorded_document(outcome.recorded, root),
        "notes": list(outcome.notes),
    }


def markdown(outcome: Outcome, root: Path) -> str:
    """The same for a pull request: a heading, tables of files and imports, lists; a planned one with its diff."""
    staged = outcome.staged
    parts = [f"### {findings.escaped(staged.plan.title)}: {_heading(outcome)[0]}\n"]
    if outcome.reason is not None:
        parts.append(f"{findings.escaped(outcome.reason)}\n")
    if staged.effects:
        rows = (_edit(each, root) for each in _sorted(staged.effects, root))
        parts.append("| file | change |\n|---|---|\n" + "".join(f"| {findings.code(f)} | {c} |\n" for c, f, _ in rows))
    if staged.proofs:
        parts.append(
            "| code location | environment |\n|---|---|\n"
            + "".join(
                f"| {findings.escaped(each.location)} | {findings.escaped(_proof_text(each, root))} |\n"
                for each in staged.proofs
            )
        )
    if staged.verdicts:
        parts.append(verdict_table(staged.verdicts))
    for heading, texts in (
        ("Lost", staged.plan.losses),
        ("Warnings", staged.plan.warnings),
        ("Third-party versions that move", staged.third_party),
        ("Notes", outcome.notes),
    ):
        if texts:
            parts.append(f"{heading}:\n\n" + "".join(f"- {findings.escaped(text)}\n" for text in texts))
    if outcome.kind == "planned":
        parts.append(fenced("diff", unified_diff(staged.effects, root)))
        parts.append(fenced("console", [f"$ {command}" for command in staged.commands]))
    return "\n".join(part for part in parts if part)


def fenced(language: str, texts: Sequence[str]) -> str:
    """A fenced block whose fence is longer than any in the text; empty text for no lines."""
    if not texts:
        return ""
    fence = "```"
    while any(fence in text for text in texts):
        fence += "`"
    return f"{fence}{language}\n" + "".join(f"{text}\n" for text in texts) + f"{fence}\n"


def _head(outcome: Outcome, width: int) -> list[Line]:
    words, tone = _heading(outcome)
    title = cut(outcome.staged.plan.title, max(width - cell_width(words) - 2, width // 2))
    head: list[Line] = [(Span(words, tone), Span(f": {title}"))]
    reason = (outcome.reason or "").splitlines()
    return [*head, *((Span(f"  {line}", tone),) for line in reason)]


def _heading(outcome: Outcome) -> tuple[str, Tone]:
    """The word for how it ended; a plan that had nothing to write, publish or run was not "applied"."""
    is_idle = not (outcome.staged.effects or outcome.published or outcome.notes)
    return _HEADS["unchanged" if outcome.kind == "applied" and is_idle else outcome.kind]


def _edits(outcome: Outcome, root: Path, width: int) -> list[Line]:
    """One line per file; what was refused or rolled back was only going to be."""
    edits = [_edit(each, root) for each in _sorted(outcome.staged.effects, root)]
    column = max((cell_width(word) for word, _, _ in edits), default=0)
    is_done = outcome.kind == "applied"
    opening = "  " if is_done else "  not "
    return [
        plain(f"{opening}{pad(word, column)}  {file}{GAP if detail else ''}{cut(detail, width)}")
        for word, file, detail in edits
    ]


def _edit(effect: Effect, root: Path) -> tuple[str, str, str]:
    """What happens, to which path, and further words."""
    file = relative(effect.path, root)
    if isinstance(effect, FileEffect):
        word = "created" if effect.before is None else "removed" if effect.after is None else "written"
        return word, file, ""
    before, after = effect.before, effect.after
    if after is None:
        return "submodule removed", file, "" if before is None else f"was at {before.commit[:12]}"
    if before is None:
        return "submodule added", file, f"at {after.commit[:12]} from {after.url}"
    return "submodule moved", file, f"{before.commit[:12]} → {after.commit[:12]}"


def _proofs(proofs: Sequence[ImportProof], root: Path) -> list[Line]:
    column = max((cell_width(each.location) for each in proofs), default=0)
    return [
        (
            Span(f"  {pad(each.location, column)}  "),
            Span(_proof_text(each, root), "plain" if each.failure is None else "error"),
        )
        for each in sorted(proofs, key=lambda each: (each.location, each.module))
    ]


def _proof_text(proof: ImportProof, root: Path) -> str:
    """`imports shared 0.1.3 from shared/src/shared`."""
    if proof.failure is not None:
        return proof.failure
    if proof.version is None and proof.file is None:
        return f"no longer has {proof.module}"
    what = " ".join(filter(None, ("imports", proof.module, proof.version)))
    if proof.file is None:
        return f"{what} from its environment"
    place = proof.file.parent if proof.file.name == "__init__.py" else proof.file
    return f"{what} from {relative(place, root)}"


def _listed(title: str, texts: Sequence[str], tone: Tone) -> list[Line]:
    return [(Span(title, tone), Span(f": {text}")) for text in texts]


def _commands(outcome: Outcome) -> list[Line]:
    return [plain(f"$ {command}") for command in outcome.staged.commands]


def _publishes(outcome: Outcome) -> list[Line]:
    if outcome.kind == "applied":
        return [plain(f"published {_upload_text(each)}") for each in outcome.published]
    if outcome.kind == "planned":
        return [plain(f"would publish {_upload_text(each)}") for each in outcome.staged.plan.publishes]
    return [plain(f"not published: {_upload_text(each)}") for each in outcome.staged.plan.publishes]


def _upload_text(upload: Upload) -> str:
    files = ", ".join(file.name for file in upload.files)
    return f"{upload.module}=={upload.version} to {upload.registry}" + (f" ({files})" if files else "")


def _next_steps(outcome: Outcome, root: Path, repositories: Sequence[Path], width: int) -> list[Line]:
    if not outcome.staged.effects or outcome.recorded is not None:
        return []
    lines: list[Line] = []
    for repository in sorted(repositories):
        effects = [each for each in outcome.staged.effects if _innermost(each.path, repositories) == repository]
        if effects:
            lines.extend(_commit_lines(_commit_words(effects, repository, root), width))
    what = "the files" if outcome.published else "it"
    return [*lines, plain(f"`commons undo` takes {what} back")]


def _innermost(path: Path, repositories: Sequence[Path]) -> Path | None:
    """The repository that records `path`; a submodule's own directory is recorded by its superproject."""
    containing = [each for each in repositories if each != path and path.is_relative_to(each)]
    return max(containing, key=lambda each: len(each.parts), default=None)


def _commit_words(effects: Sequence[Effect], repository: Path, root: Path) -> list[str]:
    """The call that records `effects` and nothing else, in pieces that a line may end after; submodules are staged."""
    git = "git" if repository == root else f"git -C {shlex.quote(relative(repository, root))}"
    files = sorted(relative(each.path, repository) for each in effects if isinstance(each, FileEffect))
    if not files:
        return [f"{git} commit"]
    return [f"{git} add {shlex.quote(files[0])}", *map(shlex.quote, files[1:]), f"&& {git} commit"]


def _commit_lines(words: Sequence[str], width: int) -> list[Line]:
    """The call behind its heading, or below it and broken as a shell reads it where it does not fit."""
    if cell_width(_COMMIT) + sum(1 + cell_width(word) for word in words) <= width:
        return [plain(" ".join((_COMMIT, *words)))]
    broken = [GAP + words[0]]
    for word in words[1:]:
        if cell_width(broken[-1]) + 1 + cell_width(word) <= width - len(" \\"):
            broken[-1] += f" {word}"
        else:
            broken.append(GAP * 2 + word)
    return [plain(_COMMIT), *(plain(f"{line} \\") for line in broken[:-1]), plain(broken[-1])]


def _sorted(effects: Sequence[Effect], root: Path) -> list[Effect]:
    return sorted(effects, key=lambda each: relative(each.path, root))


def _edit_document(effect: Effect, root: Path) -> dict[str, object]:
    word, file, _ = _edit(effect, root)
    document: dict[str, object] = {"file": file, "change": word.replace(" ", "-")}
    if isinstance(effect, SubmoduleEffect):
        document["before"] = None if effect.before is None else effect.before.commit
        document["after"] = None if effect.after is None else effect.after.commit
        document["repository"] = relative(effect.repository, root)
    return document


def _import_document(proof: ImportProof, root: Path) -> dict[str, object]:
    return {
        "location": proof.location,
        "module": proof.module,
        "version": proof.version,
        "file": None if proof.file is None else relative(proof.file, root),
        "failure": proof.failure,
        "seconds": round(proof.seconds, 3),
    }


def _judgement_document(judgement: Judgement | None) -> dict[str, object] | None:
    if judgement is None:
        return None
    return {
        "baseline": judgement.baseline,
        "required_bump": judgement.required,
        "changes": [change_document(each) for each in judgement.changes],
        "accepted": [change_document(each) for each in judgement.accepted],
        "idle_acceptances": list(judgement.idle),
        "behaviour": list(judgement.behaviour),
        "yaml": [yaml_document(each) for each in judgement.yaml],
        "unverified": list(judgement.unverified),
    }


def _recorded_document(recorded: Recorded | None, root: Path) -> dict[str, object] | None:
    if recorded is None:
        return None
    return {
        "repository": relative(recorded.repository, root),
        "commit": recorded.commit,
        "tag": recorded.tag,
        "pushed": recorded.is_pushed,
    }


def _upload_document(upload: Upload) -> dict[str, object]:
    return {
        "module": upload.module,
        "version": upload.version,
        "registry": upload.registry,
        "files": sorted(file.name for file in upload.files),
    }
