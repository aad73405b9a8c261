"""The job's wheels as one zip that Glue installs without a package index.

AWS documents the form for Glue 5.0 and later (developer guide, "Using Python libraries with AWS Glue",
appendix A): a zip whose name ends in `.gluewheels.zip` and which holds `wheels/requirements.txt` beside the
wheels it names.  The job takes it with `--additional-python-modules s3://.../x.gluewheels.zip` and
`--python-modules-installer-option --no-index`.
"""

import hashlib
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from weather_cli.errors import CommandError

REQUIREMENTS: Final = Path("etl", "requirements.txt")
"""Where a checkout of the project pins what the job needs."""

MAX_GLIBC: Final = 34
"""Minor version of the glibc of Amazon Linux 2023, which Glue 5 and 6 run on (same guide, appendix B)."""

PYTHON_OF_GLUE: Final = {"5.1": "3.11", "6.0": "3.13"}

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold
_MIN_GLIBC: Final = 17  # manylinux2014, the oldest tag that wheels for these Pythons use


@dataclass(frozen=True)
class Pin:
    """One requirement as the lock file pins it.

    Attributes:
        name: normalised name of the distribution.
        version: exact version.
        hashes: sha256 digests of the files that may serve it, in hexadecimal.
    """

    name: str
    version: str
    hashes: frozenset[str]

    @property
    def line(self) -> str:
        """The pin as a line of a requirements file, without hashes."""
        return f"{self.name}=={self.version}"


def read_pins(text: str, python: str) -> list[Pin]:
    """Return the pins of a requirements file with hashes that hold on a Glue worker, sorted by name.

    pip decides environment markers by the Python that runs pip, not by `--python-version`, so they are
    decided here.

    Args:
        text: what `uv export` wrote: `name==version ; marker`, with the hashes on continued lines.
        python: Python of the worker, such as `3.11`.

    Raises:
        ValueError: if a line is not pinned to one version or has no hash.
    """
    logical = re.sub(r"\\\n", " ", text).splitlines()
    pins = [_pin(line, python) for line in logical if line.strip() and not line.startswith("#")]
    return sorted((pin for pin in pins if pin is not None), key=lambda pin: pin.name)


def build(glue_version: str, folder: Path, requirements: Path) -> Path:
    """Build `weather-<hash>.gluewheels.zip` in a folder and return its path.

    The same pins give the same bytes, and the name holds the first 12 digits of their sha256.  Wheels are
    kept in `wheels-<python>` beside it, so that a second build downloads nothing.

    Args:
        glue_version: one of `PYTHON_OF_GLUE`.
        folder: where to build; made if it is not there.
        requirements: pinned requirements with hashes.

    Raises:
        CommandError: if a wheel cannot be had, or is not the one that was locked.
    """
    python = PYTHON_OF_GLUE[glue_version]
    pins = read_pins(requirements.read_text(encoding="utf-8"), python)
    wheels = _download(pins, python, folder / f"wheels-{python}")
    unnamed = folder / f".building-{python}.zip"
    write_zip(unnamed, pins, wheels)
    digest = hashlib.sha256(unnamed.read_bytes()).hexdigest()
    return unnamed.replace(folder / f"weather-{digest[:12]}.gluewheels.zip")


def write_zip(path: Path, pins: Iterable[Pin], wheels: Iterable[Path]) -> None:
    """Write the zip: sorted entries, a fixed time, no compression (wheels are compressed already).

    The hashes were checked when the wheels came; the requirements inside go without them, since pip would
    otherwise demand one for everything else that Glue hands to the same pip.
    """
    lines = "".join(f"{pin.line}\n" for pin in pins)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as bundle:
        for wheel in sorted(wheels, key=lambda wheel: wheel.name):
            bundle.writestr(_entry(wheel.name), wheel.read_bytes())
        bundle.writestr(_entry("requirements.txt"), lines)


def _pin(line: str, python: str) -> Pin | None:
    hashes = frozenset(re.findall(r"--hash=sha256:([0-9a-f]{64})", line))
    requirement = Requirement(line.partition("--hash")[0].strip())
    specifiers = list(requirement.specifier)
    if len(specifiers) != 1 or specifiers[0].operator != "==" or not hashes:
        raise ValueError(f"{requirement} is not pinned to one version with hashes")
    worker = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "platform_machine": "x86_64",
        "os_name": "posix",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    if requirement.marker is not None and not requirement.marker.evaluate(worker):
        return None
    return Pin(canonicalize_name(requirement.name), specifiers[0].version, hashes)


def _download(pins: list[Pin], python: str, folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    locked = folder / "locked.txt"
    locked.write_text("".join(_hashed_line(pin) for pin in pins), encoding="utf-8")
    tags = [*(f"manylinux_2_{minor}_x86_64" for minor in range(MAX_GLIBC, _MIN_GLIBC - 1, -1))]
    platforms = [part for tag in [*tags, "manylinux2014_x86_64", "any"] for part in ("--platform", tag)]
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
        *("--no-deps", "--only-binary=:all:", "--require-hashes", "--requirement", str(locked)),
        *("--implementation", "cp", "--python-version", python, *platforms, "--dest", str(folder)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        reason = (errors or done.stderr.splitlines() or ["no reason given"])[0]
        raise CommandError(f"pip could not download the job's wheels: {reason}")
    return [_wheel_of(pin, folder) for pin in pins]


def _wheel_of(pin: Pin, folder: Path) -> Path:
    for path in sorted(folder.glob("*.whl")):
        name, version, _, _ = parse_wheel_filename(path.name)
        if (name, str(version)) != (pin.name, pin.version):
            continue
        if hashlib.sha256(path.read_bytes()).hexdigest() in pin.hashes:
            return path
    raise CommandError(f"no wheel of {pin.line} in {folder} has one of the {len(pin.hashes)} locked hashes")


def _hashed_line(pin: Pin) -> str:
    return " ".join([pin.line, *(f"--hash=sha256:{digest}" for digest in sorted(pin.hashes))]) + "\n"


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(f"wheels/{name}", _EPOCH)
    entry.external_attr = 0o100644 << 16
    entry.create_system = 3  # Unix, so that the bytes do not depend on where they are written
    return entry
