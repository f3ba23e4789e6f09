"""What the own tests of a code location's project say before and after a change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRun:
    """One run; `failing` None: it could not be brought to an end, for the `reason`."""

    __test__ = False  # nothing that pytest should collect

    failing: tuple[str, ...] | None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTests:
    """The runs before and after; `skipped` is why there was nothing to run."""

    location: str
    before: TestRun | None = None
    after: TestRun | None = None
    skipped: str | None = None

    @property
    def new_failures(self) -> tuple[str, ...]:
        """What fails after and did not before; empty also where the run before says nothing to compare with."""
        if self.before is None or self.after is None or self.before.failing is None:
            return ()
        if self.after.failing is None:
            return (f"the tests cannot be run any more: {self.after.reason}",)
        return tuple(sorted(set(self.after.failing) - set(self.before.failing)))

    @property
    def said(self) -> str:
        """The comparison in one sentence."""
        if self.before is None or self.after is None:
            return f"own tests not run: {self.skipped}"
        if self.before.failing is None:
            return f"own tests not compared, they cannot be run as it is: {self.before.reason}"
        if self.new_failures:
            number = len(self.new_failures)
            return f"own tests: {number} new failure{'s' if number > 1 else ''}: {', '.join(self.new_failures)}"
        still = f" ({len(self.before.failing)} failed before)" if self.before.failing else ""
        return f"own tests: no new failures{still}"
