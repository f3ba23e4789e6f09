"""What a rule about changes of an API is, and what a matcher reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from dagster_commons.model.api import ApiObject, RequiredBump, Surface


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiRule:
    """A rule as data: the least bump that its changes ask for, and why.

    `old` and `new` are an example pair: the text of a module, or files by name.  Matchers report by `id`; `also` are
    rules that the example pair cannot help to trigger, too.
    """

    id: str
    bump: RequiredBump
    why: str  # one sentence without a full stop: what happens to a consumer
    old: str | dict[str, str]
    new: str | dict[str, str]
    is_to_review: bool = False
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a matcher saw: a rule's id and the one thing that changed, in words."""

    rule: str
    what: str
    part: str = ""  # of the metadata: by which its place is known


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One definition in both versions, and the surfaces around it."""

    old: ApiObject
    new: ApiObject
    before: Surface
    after: Surface

    @property
    def ancestors(self) -> Callable[[str], tuple[str, ...]]:
        """The base classes of a class of either version by its path; `object` for one that has none."""

        def known(path: str) -> tuple[str, ...]:
            found = self.after.objects.get(path) or self.before.objects.get(path)
            if found is None or found.kind != "class":
                return ()
            names = tuple(each.rpartition(".")[2] if each.startswith("builtins.") else each for each in found.ancestors)
            return names or ("object",)

        return known
