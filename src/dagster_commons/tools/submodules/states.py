"""In which state submodules are, read off what is here: nothing is fetched, no remote is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.tools.git import git
from dagster_commons.tools.submodules.urls import are_same_url, default_remote_url

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dagster_commons.model.workspace import UseState
    from dagster_commons.tools.submodules.enumeration import Submodule


def submodule_states(repository: Path, submodules: tuple[Submodule, ...]) -> Mapping[Path, tuple[UseState, ...]]:
    """The states of `submodules`, direct ones of `repository`, by their path; `("ok",)` when nothing is amiss.

    "behind" and "ahead" compare with the remote-tracking refs as they are.  In a shallow submodule these two and
    "not-on-remote" cannot be told and are left out.

    Raises:
        ToolError: git cannot read the repository or one of the submodules.

    """
    checked_out = tuple(each for each in submodules if each.is_initialised and each.commit is not None)
    changes = _work_tree_changes(repository, checked_out)
    configured = _configured_urls(repository) if submodules else {}
    found: dict[Path, tuple[UseState, ...]] = {}
    for each in submodules:
        states = (
            *_recorded_states(each),
            *changes.get(each.relative_path, ()),
            *(_history_states(each) if each in checked_out else ()),
            *_url_states(each, configured.get(each.name)),
        )
        found[each.path] = states or ("ok",)
    return found


def _recorded_states(submodule: Submodule) -> tuple[UseState, ...]:
    if submodule.commit is None:
        return ("missing",)
    orphan: tuple[UseState, ...] = () if submodule.has_entry else ("orphan",)
    return orphan if submodule.is_initialised else ("not-initialised", *orphan)


def _work_tree_changes(repository: Path, checked_out: tuple[Submodule, ...]) -> dict[str, tuple[UseState, ...]]:
    """What `git status` sees of the submodules: the letters of its third field, `S<c><m><u>`."""
    if not checked_out:
        return {}
    paths = tuple(each.relative_path for each in checked_out)
    answer = git(
        repository,
        "--literal-pathspecs",
        "status",
        "--porcelain=v2",
        "-z",
        "--no-renames",
        "--ignore-submodules=none",
        "--untracked-files=no",
        "--",
        *paths,
    )
    found: dict[str, tuple[UseState, ...]] = {}
    for line in answer.text.split("\0"):
        kind, _, rest = line.partition(" ")
        if kind in {"1", "u"}:
            fields = rest.split(" ")
            path = " ".join(fields[7 if kind == "1" else 9 :])
            found[path] = _meaning_of(fields[1])
    return found


def _meaning_of(letters: str) -> tuple[UseState, ...]:
    meanings: tuple[tuple[str, UseState], ...] = (("C", "other-commit"), ("M", "dirty"), ("U", "untracked"))
    return tuple(state for letter, state in meanings if letter in letters[1:])


def _configured_urls(repository: Path) -> dict[str, str]:
    """`submodule.NAME.url` of the superproject's own configuration, by name."""
    answer = git(repository, "config", "-z", "--get-regexp", r"^submodule\..*\.url$", check=False)
    pairs = (item.partition("\n") for item in answer.text.split("\0"))
    return {key.removeprefix("submodule.").removesuffix(".url"): url for key, separator, url in pairs if separator}


def _history_states(submodule: Submodule) -> tuple[UseState, ...]:
    shallow = git(submodule.path, "rev-parse", "--is-shallow-repository").text.strip()
    if shallow == "true":
        return ("shallow",)
    return (*_remote_states(submodule), *_branch_states(submodule))


def _remote_states(submodule: Submodule) -> tuple[UseState, ...]:
    """Whether a remote-tracking ref or a tag contains the recorded commit; nothing is said when it is not here."""
    commit = submodule.commit
    if commit is None or git(submodule.path, "cat-file", "-e", f"{commit}^{{commit}}", check=False).exit_code != 0:
        return ()
    containing = git(submodule.path, "for-each-ref", "--count=1", "--contains", commit, "refs/remotes", "refs/tags")
    return () if containing.text else ("not-on-remote",)


def _branch_states(submodule: Submodule) -> tuple[UseState, ...]:
    """How HEAD stands to the remote branch that `.gitmodules` names, else to the remote's default branch."""
    upstream = f"refs/remotes/origin/{_followed_branch(submodule) or 'HEAD'}"
    counted = git(submodule.path, "rev-list", "--left-right", "--count", f"HEAD...{upstream}", "--", check=False)
    if counted.exit_code != 0:
        return ()  # no such remote-tracking ref here: nothing to compare with
    ahead, behind = (int(each) for each in counted.text.split())
    behind_states: tuple[UseState, ...] = ("behind",) if behind else ()
    return (*behind_states, "ahead") if ahead else behind_states


def _followed_branch(submodule: Submodule) -> str | None:
    if submodule.branch != ".":
        return submodule.branch
    return git(submodule.repository, "symbolic-ref", "--quiet", "--short", "HEAD", check=False).text.strip() or None


def _url_states(submodule: Submodule, configured: str | None) -> tuple[UseState, ...]:
    """Whether the superproject's configuration and the checkout fetch from where `.gitmodules` says."""
    if submodule.resolved_url is None:
        return ()
    in_use = [configured]
    if submodule.is_initialised:
        in_use.append(default_remote_url(submodule.path))
    is_elsewhere = any(url is not None and not are_same_url(url, submodule.resolved_url) for url in in_use)
    return ("url-mismatch",) if is_elsewhere else ()
