"""Bytes of Pulumi's assets and archives."""

import io
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import pulumi

from embedded_aws.provider.shapes import UnknownInputError

_ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the zip epoch: equal content, equal bytes


def content_of(source: object) -> bytes:
    """Return the bytes of a Pulumi asset; of an archive, those of its zip.

    Raises:
        UnknownInputError: a kind of asset that needs the network or the CLI.
    """
    if isinstance(source, pulumi.FileAsset):
        return Path(source.path).read_bytes()
    if isinstance(source, pulumi.StringAsset):
        return source.text.encode()
    if isinstance(source, pulumi.FileArchive) and Path(source.path).is_file():
        return Path(source.path).read_bytes()
    if isinstance(source, pulumi.AssetArchive | pulumi.FileArchive):
        return _zip(dict(_members(source, "")))
    raise UnknownInputError(f"no content can be read from {type(source).__name__}")


def _members(source: object, prefix: str) -> Iterator[tuple[str, bytes]]:
    """Yield path and content of everything in an archive; links are followed, caches left out."""
    if isinstance(source, pulumi.AssetArchive):
        for name, item in cast("Mapping[str, object]", source.assets).items():
            yield from _members(item, f"{prefix}/{name}".lstrip("/"))
    elif isinstance(source, pulumi.FileArchive) and Path(source.path).is_dir():
        root = Path(source.path)
        for path in sorted(root.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield f"{prefix}/{path.relative_to(root).as_posix()}".lstrip("/"), path.read_bytes()
    else:
        yield prefix, content_of(source)


def _zip(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(members):
            entry = zipfile.ZipInfo(name, _ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, members[name])
    return buffer.getvalue()
