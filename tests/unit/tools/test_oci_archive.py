"""Looking into an image without a program that knows images."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from typing import TYPE_CHECKING

import pytest

from dagster_commons.errors import ToolError
from dagster_commons.tools.oci_archive import digests_inside, is_oci_archive

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

LOWER = {"venv/shared.py": "old", "etc/passwd": "root"}
UPPER = {"./venv/shared.py": "new", "venv/sales.py": "sales"}
WANTED = ("venv/shared.py", "venv/sales.py", "etc/passwd", "venv/nowhere.py")


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def packed(files: Mapping[str, bytes], mode: str = "w") -> bytes:
    into = io.BytesIO()
    with tarfile.open(fileobj=into, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return into.getvalue()


class Image:
    """An archive being drawn: blobs under their digests, and what its index names."""

    def __init__(self) -> None:
        self.files = {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}'}

    def blob(self, content: bytes) -> dict[str, Any]:
        name = hashlib.sha256(content).hexdigest()
        self.files[f"blobs/sha256/{name}"] = content
        return {"digest": f"sha256:{name}"}

    def document(self, value: object) -> dict[str, Any]:
        return self.blob(json.dumps(value).encode())

    def manifest(self, *layers: Mapping[str, str], mode: str = "w:gz") -> dict[str, Any]:
        encoded = [{name: text.encode() for name, text in layer.items()} for layer in layers]
        return self.document({"layers": [self.blob(packed(layer, mode)) for layer in encoded]})

    def write(self, file: Path, *manifests: Mapping[str, Any]) -> Path:
        self.files["index.json"] = json.dumps({"manifests": manifests}).encode()
        file.write_bytes(packed(self.files))
        return file


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_an_upper_layer_hides_what_is_below(mode: str, tmp_path: Path) -> None:
    image = Image()
    archive = image.write(tmp_path / "image.oci.tar", image.manifest(LOWER, UPPER, mode=mode))
    assert digests_inside(archive, WANTED) == {
        "venv/shared.py": digest("new"),
        "venv/sales.py": digest("sales"),
        "etc/passwd": digest("root"),
    }
    assert is_oci_archive(archive)


def test_layers_below_are_not_read_for_what_is_found(tmp_path: Path) -> None:
    image = Image()
    broken, upper = image.blob(b"no layer"), image.blob(packed({"a.py": b"a"}))
    archive = image.write(tmp_path / "image.oci.tar", image.document({"layers": [broken, upper]}))
    assert digests_inside(archive, ["a.py"]) == {"a.py": digest("a")}
    with pytest.raises(ToolError, match="no OCI archive that can be looked into"):
        digests_inside(archive, ["b.py"])


def test_an_index_of_an_index_and_what_is_no_image_beside_it(tmp_path: Path) -> None:
    image = Image()
    attestation = {**image.document({"layers": []}), "platform": {"os": "unknown", "architecture": "unknown"}}
    own = {**image.manifest(UPPER), "platform": {"os": "linux", "architecture": "amd64"}}
    archive = image.write(tmp_path / "image.oci.tar", image.document({"manifests": [attestation, own]}))
    assert digests_inside(archive, ["venv/sales.py"]) == {"venv/sales.py": digest("sales")}


def test_what_is_no_oci_archive_is_told(tmp_path: Path) -> None:
    older = tmp_path / "docker.tar"
    older.write_bytes(packed({"manifest.json": b"[]"}))
    text = tmp_path / "text"
    text.write_text("text")
    for each in (older, text, tmp_path):
        assert not is_oci_archive(each)
    for each in (older, text):
        with pytest.raises(ToolError, match=f"{each.name} is no OCI archive that can be looked into") as caught:
            digests_inside(each, ["a.py"])
        assert "version 25" in str(caught.value.hint)
