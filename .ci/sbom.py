"""
What a deployment ZIP is made of, as a CycloneDX bill of materials, and the licences in it.

The ZIP says itself which parts it holds; the licence of a wheel is what its metadata says.
Needs ``cyclonedx-python-lib`` with its validation, which ``nox -s sbom`` brings.
"""

from __future__ import annotations

import base64
import email
import json
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

CONTENTS = "hyperframes-dist.json"
KNOWN = {
    # What no metadata in the ZIP says: browsers, the encoder, the page runtime.
    "sparticuz": "MIT AND BSD-3-Clause",
    "headless-shell": "BSD-3-Clause",
    "ffmpeg": "GPL-3.0-or-later",
    "runtime": "Apache-2.0",
    "hyperframes_dist": "Apache-2.0 AND OFL-1.1",
}


def components(archive: zipfile.ZipFile) -> Iterator[Component]:
    """A component for each part of the ZIP."""
    licences = dict(_licences(archive))
    for part in json.loads(archive.read(CONTENTS))["parts"]:
        name, version, purl = _named(part)
        says = licences.get(_plain(name)) or KNOWN.get(part["name"])
        found = [LicenseFactory().make_from_string(says)] if says else []
        yield Component(
            type=ComponentType.LIBRARY
            if part["kind"] == "wheel"
            else ComponentType.APPLICATION,
            name=name,
            version=version,
            purl=purl,
            bom_ref=f"{part['kind']}:{name}",
            hashes=_hashes(part["digest"]),
            licenses=found,
        )


def _named(part: dict[str, Any]) -> tuple[str, str, PackageURL | None]:
    source = part["source"]
    if part["kind"] in {"wheel", "ffmpeg"}:
        name, version = source.split("-")[:2]
        return part["name"], version, PackageURL("pypi", name=name, version=version)
    if "@" in source:
        path, _, version = source.rpartition("@")
        space, _, name = path.rpartition("/")
        purl = PackageURL("npm", space or None, name, version)
        return part["name"], version, purl
    return part["name"], source.rpartition("-")[2], None


def _plain(name: str) -> str:
    """A distribution's name as all its spellings are compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _hashes(digest: str) -> list[HashType]:
    if digest.startswith("sha512-"):
        content = base64.b64decode(digest.removeprefix("sha512-")).hex()
        return [HashType(alg=HashAlgorithm.SHA_512, content=content)]
    return [HashType(alg=HashAlgorithm.SHA_256, content=digest)] if digest else []


def _licences(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    for name in archive.namelist():
        if not name.endswith(".dist-info/METADATA"):
            continue
        told = email.message_from_bytes(archive.read(name))
        names = [
            row.rpartition(" :: ")[2]
            for row in told.get_all("Classifier", [])
            if row.startswith("License ::")
        ]
        says = told["License-Expression"] or told["License"] or " AND ".join(names)
        yield (
            _plain(str(told["Name"])),
            str(says).strip().splitlines()[0] if says else "",
        )


def write(archive: Path, output: Path) -> None:
    """Write the bill of the ZIP *archive* to *output*, and print its licences."""
    with zipfile.ZipFile(archive) as opened:
        bom = Bom(components=components(opened))
    root = Component(name=archive.name, bom_ref="zip")
    bom.metadata.component = root
    bom.register_dependency(root, bom.components)
    text = JsonV1Dot6(bom).output_as_string(indent=1)
    if fault := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise SystemExit(f"no valid bill of materials: {fault}")
    output.write_text(text + "\n", "utf-8")
    unknown = []
    for row in bom.components:
        says = " ".join(
            str(getattr(x, "value", None) or x.id or x.name) for x in row.licenses
        )
        print(f"{row.name:<20} {row.version:<12} {says}")
        unknown += [] if says else [row.name]
    if unknown:
        raise SystemExit(f"no licence is known of: {', '.join(unknown)}")


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]))
