"""What programs that build images are told."""

from __future__ import annotations

import pytest

from dagster_commons.tools.image_builders import BUILDERS, DOCKER, PODMAN, Buildah, ImageBuilder, Served

SERVED = Served(
    image="localhost/commons-bundle/sales:1",
    container="sales-1-4567",
    host="127.0.0.1",
    port=4567,
    inner_port="4000",
    command=("dagster", "api", "grpc", "-p", "4567"),
    variables={"DSN": "a secret"},
)


def test_docker_comes_first_and_what_needs_no_daemon_after_it() -> None:
    assert [each.name for each in BUILDERS] == ["docker", "podman", "buildah"]


@pytest.mark.parametrize("builder", BUILDERS, ids=lambda each: each.name)
def test_the_platform_and_the_name_are_passed_on(builder: ImageBuilder) -> None:
    words = builder.build("dist/bundles/sales", SERVED.image, "linux/arm64")
    assert words[:1] == (builder.name,)
    assert words[-5:] == ("--platform", "linux/arm64", "--tag", SERVED.image, "dist/bundles/sales")
    assert builder.pull("python:3.12-slim", "linux/arm64")[-3:] == ("--platform", "linux/arm64", "python:3.12-slim")


@pytest.mark.parametrize("builder", [DOCKER, PODMAN], ids=lambda each: each.name)
def test_the_images_own_command_is_run_on_loopback_and_no_value_shows(builder: ImageBuilder) -> None:
    assert builder.create(SERVED) == (
        *(builder.name, "create", "--name", "sales-1-4567"),
        *("--publish", "127.0.0.1:4567:4000", "--env", "DSN", SERVED.image),
    )
    assert builder.serve(SERVED) == (builder.name, "start", "--attach", "sales-1-4567")
    assert builder.remove_container(SERVED.container) == (builder.name, "rm", "--force", "sales-1-4567")


def test_buildah_runs_it_with_this_machines_network_on_the_port_asked_for() -> None:
    assert Buildah().create(SERVED) == (
        *("buildah", "from", "--pull=never", "--name", "sales-1-4567"),
        SERVED.image,
    )
    assert Buildah().serve(SERVED) == (
        *("buildah", "run", "--network=host", "--env", "DSN=a secret", "sales-1-4567", "--"),
        *SERVED.command,
    )


def test_what_they_write_is_an_oci_archive() -> None:
    assert DOCKER.save("image:1", "a.oci.tar") == ("docker", "save", "--output", "a.oci.tar", "image:1")
    assert "oci-archive" in PODMAN.save("image:1", "a.oci.tar")
    assert Buildah().save("image:1", "a.oci.tar")[-1] == "oci-archive:a.oci.tar"
