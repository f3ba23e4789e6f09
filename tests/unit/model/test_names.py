"""Names and requirements as people spell them."""

from __future__ import annotations

import pytest

from dagster_commons.errors import UsageError
from dagster_commons.model.names import (
    is_requirement_of,
    module_and_version,
    normalise_name,
    pinned,
    requirement_name,
    strip_version,
)

# requirement: (name, without its version, pinned to 0.1.3)
REQUIREMENTS = {
    "shared": ("shared", "shared", "shared==0.1.3"),
    "Acme_Shared": ("acme-shared", "Acme_Shared", "Acme_Shared==0.1.3"),
    "acme.-_shared>=1": ("acme-shared", "acme.-_shared", "acme.-_shared==0.1.3"),
    "shared==0.1.2": ("shared", "shared", "shared==0.1.3"),
    "shared>=0.1,<2": ("shared", "shared", "shared==0.1.3"),
    "shared ~= 0.1": ("shared", "shared", "shared==0.1.3"),
    "shared===weird.1": ("shared", "shared", "shared==0.1.3"),
    "shared!=1.*": ("shared", "shared", "shared==0.1.3"),
    "shared (>=0.1)": ("shared", "shared", "shared==0.1.3"),
    "shared[extra]": ("shared", "shared[extra]", "shared[extra]==0.1.3"),
    "shared[a, b]>=1": ("shared", "shared[a, b]", "shared[a, b]==0.1.3"),
    "shared [a] >= 1": ("shared", "shared[a]", "shared[a]==0.1.3"),
    "shared>=1 ; python_version < '3.12'": (
        "shared",
        "shared ; python_version < '3.12'",
        "shared==0.1.3 ; python_version < '3.12'",
    ),
    "shared; os_name == 'a;b'": ("shared", "shared; os_name == 'a;b'", "shared==0.1.3; os_name == 'a;b'"),
    "shared[x]>=1;m=='1'": ("shared", "shared[x];m=='1'", "shared[x]==0.1.3;m=='1'"),
    "shared @ git+https://h/r@v1": ("shared", "shared", "shared==0.1.3"),
    "shared[x]@ https://h/a;b ; m == '1'": ("shared", "shared[x] ; m == '1'", "shared[x]==0.1.3 ; m == '1'"),
    "  shared >= 1  ": ("shared", "shared", "shared==0.1.3"),
    "a": ("a", "a", "a==0.1.3"),
}


@pytest.mark.parametrize(("requirement", "expected"), REQUIREMENTS.items(), ids=REQUIREMENTS.keys())
def test_requirements_are_taken_apart(requirement, expected):
    assert (requirement_name(requirement), strip_version(requirement), pinned(requirement, "0.1.3")) == expected


@pytest.mark.parametrize("requirement", ["", "./shared", "-e .", "../shared-dir", "shared lib", "shared[", "==1", "a-"])
@pytest.mark.parametrize("read", [requirement_name, strip_version, lambda each: pinned(each, "1")])
def test_what_is_no_requirement_is_refused(requirement, read):
    with pytest.raises(UsageError, match="is not a requirement"):
        read(requirement)


@pytest.mark.parametrize(
    ("requirement", "name", "expected"),
    [
        ("Acme_Shared>=1", "acme.shared", True),
        ("acme-shared-tools", "acme-shared", False),
        ("shared", "share", False),
        ("./shared", "shared", False),
        ({"include-group": "shared"}, "shared", False),
        (None, "shared", False),
    ],
)
def test_requirements_of_a_name_in_any_spelling(requirement, name, expected):
    assert is_requirement_of(requirement, name) is expected


def test_names_are_normalised_as_pep_503_says():
    assert normalise_name("Acme__Shared.-Lib") == "acme-shared-lib"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("shared", ("shared", None)),
        ("Acme_Shared == 0.1.3", ("acme-shared", "0.1.3")),
        ("shared==v1.0-rc1", ("shared", "1.0rc1")),
    ],
)
def test_a_module_and_its_version_are_normalised(text: str, expected: tuple[str, str | None]) -> None:
    assert module_and_version(text) == expected


@pytest.mark.parametrize("text", ["shared==", "shared==two", "shared==1.*"])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no version"):
        module_and_version(text)
