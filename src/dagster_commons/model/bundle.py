"""A bundle: a self-contained directory from which an image, a PEX or an environment of one location is built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from dagster_commons.model.sources import SourceKind
from dagster_commons.model.verdicts import Unchanged

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.errors import CommonsError
    from dagster_commons.model.verdicts import LocationVerdict
    from dagster_commons.model.workspace import CodeLocation

# How a wheel came in; "location": its own project, "commons": written by us.
BundledKind: TypeAlias = Literal["location", "commons"] | SourceKind
Platform: TypeAlias = Literal["linux/amd64", "linux/arm64"]  # Docker's words

PLATFORMS: tuple[Platform, ...] = get_args(Platform)


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedFile:
    """A wheel or sdist that a lock names, and where it is."""

    name: str
    url: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GitRevision:
    """A commit of a repository, and where in it the project lies."""

    url: str
    commit: str
    subdirectory: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedDistribution:
    """One distribution that an installation from the lock needs, as uv exports it (PEP 751).

    Just one of `directory`, `git`, and files says where it comes from.
    """

    name: str
    version: str | None = None  # None: computed when it is built
    marker: str | None = None
    index: str | None = None
    directory: str | None = None  # relative to the project, or absolute
    git: GitRevision | None = None
    wheels: tuple[LockedFile, ...] = ()
    sdist: LockedFile | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltFromDirectory:
    """First-party code that is built from a project directory on disk."""

    name: str
    kind: BundledKind
    directory: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltFromGit:
    """First-party code that is built from the commit that the lock names."""

    name: str
    revision: GitRevision


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedRelease:
    """A released wheel that is fetched when the bundle is made."""

    name: str
    version: str
    wheel: LockedFile
    index_name: str | None = None  # as `[[tool.uv.index]]` or commons.toml calls it, for its credentials


FirstParty: TypeAlias = BuiltFromDirectory | BuiltFromGit | FetchedRelease


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleRequest:
    """What `commons bundle` was asked for; None: what the location's project says, or our own choice."""

    base: str | None = None
    platform: Platform | None = None
    python_version: str | None = None  # "3.12"
    is_vendored: bool = False
    with_pex: bool = False
    with_image: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleTarget:
    """Where a bundle is to be installed."""

    platform: Platform
    python_version: str
    base: str  # the image that the Dockerfile starts from


@dataclass(frozen=True, slots=True, kw_only=True)
class BundlePlan:
    """What goes into a bundle, known before anything is built; paths are those of the tree that was planned for."""

    location: CodeLocation
    target: BundleTarget
    first_party: tuple[FirstParty, ...]  # sorted by name
    third_party: tuple[LockedDistribution, ...]  # what the target needs; sorted by name
    left_out: tuple[str, ...]  # what requirements.txt must not name: it comes as a wheel, or is not for the target
    vendored: tuple[FetchedRelease, ...] = ()  # the wheelhouse
    is_vendored: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BundledWheel:
    """One first-party wheel of a bundle and where it comes from.

    `commit` is that of the repository it was built in (None: in none, or fetched), `is_dirty` whether its project
    differed from that commit.  `build_requires` are the build backends with the versions that they were pinned to,
    `generator` is what the wheel itself says of its builder.
    """

    name: str
    version: str
    kind: BundledKind
    file_name: str
    sha256: str
    commit: str | None = None
    is_dirty: bool = False
    build_requires: tuple[str, ...] = ()
    generator: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A finished bundle: `files` are all of it but `bundle.json`, relative to `directory`, with their sha256."""

    directory: Path
    plan: BundlePlan
    wheels: tuple[BundledWheel, ...]  # sorted by name
    module: str  # what Dagster loads, also where the location names a file
    command: tuple[str, ...]  # what the image runs
    files: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()  # the plan's, and what building showed


@dataclass(frozen=True, slots=True, kw_only=True)
class MadePex:
    """A bundle as one executable file; `verdict` as of the bundle."""

    file: Path
    verdict: LocationVerdict | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePlan:
    """The OCI archive that `builder` would make at `place`, beginning with `command`."""

    builder: str
    command: tuple[str, ...]
    place: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedBundle:
    """What would be made at `place`."""

    plan: BundlePlan
    place: Path
    image: ImagePlan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeImage:
    """An image of a bundle as an OCI archive, the digest of which is `sha256`; `is_booted`: its own command served."""

    file: Path
    builder: str
    sha256: str
    is_booted: bool
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeBundle:
    """A bundle and its proof.  `bundle` None: it was not made, as what it should define cannot be loaded.

    `verdict` compares what the working tree defines with what the installed bundle does; None: it was not proven.
    """

    plan: BundlePlan
    bundle: Bundle | None
    verdict: LocationVerdict | None
    pex: MadePex | None = None
    image: MadeImage | None = None

    @property
    def location(self) -> CodeLocation:
        return self.plan.location

    @property
    def is_acceptable(self) -> bool:
        """Whether it was not to be proven, or defines just what it should, in every form."""
        forms = (self.verdict, self.pex.verdict if self.pex is not None else None)
        return all(each is None or isinstance(each.verdict, Unchanged) for each in forms)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedBundle:
    """A bundle where it was put: at `place`, which has another name when it is not as it should be; None: nowhere."""

    made: MadeBundle
    place: Path | None
    pex: Path | None = None
    image: Path | None = None

    @property
    def is_in_place(self) -> bool:
        """Whether it has the name that was asked for: it was not to be proven, or is as it should be."""
        return self.place is not None and self.made.is_acceptable


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleFailure:
    """Why there is no bundle of `location`."""

    location: CodeLocation
    error: CommonsError
