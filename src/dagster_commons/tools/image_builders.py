"""Programs that build images: what each of them has to be told.  Nothing is run here but to see which can be used."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from dagster_commons.errors import RefusedError, ToolError
from dagster_commons.tools.process import Command, run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Words: TypeAlias = tuple[str, ...]

SECONDS_TO_ANSWER = 30.0
PLATFORM = "{{.Os}}/{{.Architecture}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A server in a container of `image`: it listens on `port` of `host`, which the image calls `inner_port`.

    `command` is what the image runs, for a host that is not the container's own.
    """

    image: str
    container: str
    host: str
    port: int
    inner_port: str
    command: Words
    variables: Mapping[str, str]


class ImageBuilder(Protocol):
    """One of those programs; every method gives the words of a call."""

    @property
    def name(self) -> str: ...

    def questions(self) -> tuple[Words, ...]:
        """All of them end with 0 where it can be used."""
        ...

    def platform_of(self, image: str) -> Words:
        """Prints `linux/amd64`, or ends with another code when the image is not on this machine."""
        ...

    def pull(self, image: str, platform: str) -> Words: ...

    def build(self, context: str, image: str, platform: str) -> Words:
        """Builds the directory `context`, whose base image is on this machine."""
        ...

    def save(self, image: str, file: str) -> Words:
        """Writes the OCI archive `file`."""
        ...

    def create(self, served: Served) -> Words:
        """Makes the container."""
        ...

    def serve(self, served: Served) -> Words:
        """Runs its server in the foreground."""
        ...

    def remove_container(self, container: str) -> Words:
        """Removes it, also while it runs."""
        ...

    def remove_image(self, image: str) -> Words: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Docker or Podman, which have the same words but for a few."""

    name: str
    asked: tuple[Words, ...]
    building: Words
    saving: Words

    def questions(self) -> tuple[Words, ...]:
        return tuple((self.name, *each) for each in self.asked)

    def platform_of(self, image: str) -> Words:
        return (self.name, "image", "inspect", "--format", PLATFORM, image)

    def pull(self, image: str, platform: str) -> Words:
        return (self.name, "pull", "--quiet", "--platform", platform, image)

    def build(self, context: str, image: str, platform: str) -> Words:
        return (self.name, *self.building, "--platform", platform, "--tag", image, context)

    def save(self, image: str, file: str) -> Words:
        return (self.name, *self.saving, "--output", file, image)

    def create(self, served: Served) -> Words:
        published = ("--publish", f"{served.host}:{served.port}:{served.inner_port}")
        given = _options("--env", served.variables)  # their values come from its own environment
        return (self.name, "create", "--name", served.container, *published, *given, served.image)

    def serve(self, served: Served) -> Words:
        return (self.name, "start", "--attach", served.container)

    def remove_container(self, container: str) -> Words:
        return (self.name, "rm", "--force", container)

    def remove_image(self, image: str) -> Words:
        return (self.name, "image", "rm", image)


@dataclass(frozen=True, slots=True, kw_only=True)
class Buildah:
    """Buildah needs no daemon.  It publishes no port: the container gets this machine's network."""

    name: str = "buildah"

    def questions(self) -> tuple[Words, ...]:
        return ((self.name, "info"),)

    def platform_of(self, image: str) -> Words:
        return (
            *(self.name, "inspect", "--type", "image"),
            *("--format", "{{.OCIv1.OS}}/{{.OCIv1.Architecture}}", image),
        )

    def pull(self, image: str, platform: str) -> Words:
        return (self.name, "pull", "--quiet", "--platform", platform, image)

    def build(self, context: str, image: str, platform: str) -> Words:
        options = ("--layers=false", "--pull=never", "--format", "oci")
        return (self.name, "build", *options, "--platform", platform, "--tag", image, context)

    def save(self, image: str, file: str) -> Words:
        return (self.name, "push", "--quiet", image, f"oci-archive:{file}")

    def create(self, served: Served) -> Words:
        return (self.name, "from", "--pull=never", "--name", served.container, served.image)

    def serve(self, served: Served) -> Words:
        # It takes no value from its own environment, so that it has to be told.
        given = _options("--env", (f"{name}={value}" for name, value in served.variables.items()))
        return (self.name, "run", "--network=host", *given, served.container, "--", *served.command)

    def remove_container(self, container: str) -> Words:
        return (self.name, "rm", container)

    def remove_image(self, image: str) -> Words:
        return (self.name, "rmi", image)


DOCKER = Engine(
    name="docker",
    asked=(("version", "--format", "{{.Server.Version}}"), ("buildx", "version")),  # is its daemon there, and BuildKit?
    building=("buildx", "build", "--load", "--provenance=false", "--progress=plain"),
    saving=("save",),
)
PODMAN = Engine(
    name="podman",
    asked=(("info",),),
    building=("build", "--layers=false", "--pull=never", "--format", "oci"),
    saving=("save", "--quiet", "--format", "oci-archive"),
)
BUILDERS: tuple[ImageBuilder, ...] = (DOCKER, PODMAN, Buildah())


def usable_builder() -> ImageBuilder:
    """The first of `BUILDERS` that is there and answers.

    Raises:
        RefusedError: none does.

    """
    complaints = []
    for builder in BUILDERS:
        complaint = _complaint(builder)
        if complaint is None:
            return builder
        complaints.append(f"{builder.name}: {complaint}")
    raise RefusedError(
        f"there is no program here that builds images\n{chr(10).join(complaints)}",
        hint="install podman or buildah, which need no daemon, or start Docker",
    )


def _complaint(builder: ImageBuilder) -> str | None:
    """Why it cannot be used."""
    if shutil.which(builder.name) is None:
        return "not installed"
    for question in builder.questions():
        try:
            answered = run(Command(argv=question, timeout_seconds=SECONDS_TO_ANSWER), check=False)
        except ToolError as error:
            return error.message
        if answered.exit_code != 0:
            said = answered.error_text.splitlines() or [f"ended with exit code {answered.exit_code}"]
            return said[0]
    return None


def _options(option: str, values: Iterable[str]) -> Words:
    return tuple(word for each in values for word in (option, each))
