"""The job's code as it is uploaded."""

import io
import os
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest

from components import packaging
from components.transform_job import PACKAGE, PRICES, PYTHON_OF_GLUE, REPORT, REQUIREMENTS


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    (folder / "data").mkdir(parents=True)
    (folder / "__init__.py").write_text("VALUE = 7\n")
    (folder / "data" / "b.json").write_text("{}")
    (folder / "data" / "a.json").write_text("[1]")
    return folder


def names(content: bytes) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(content)).namelist()


def test_the_same_files_make_the_same_bytes(package: Path) -> None:
    first = packaging.package_zip(package)
    os.utime(package / "__init__.py", (1, 1))
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "x.pyc").write_bytes(b"x")
    assert packaging.package_zip(package) == first
    dates = {entry.date_time for entry in zipfile.ZipFile(io.BytesIO(first)).infolist()}
    assert dates == {(1980, 1, 1, 0, 0, 0)}
    assert names(first) == ["mine/__init__.py", "mine/data/a.json", "mine/data/b.json"]


def test_no_build_of_zlib_has_a_say_in_the_bytes(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """zlib and zlib-ng compress the same input to different bytes: the key would depend on the machine."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("something is compressed")

    monkeypatch.setattr(zlib, "compressobj", refuse)
    packaging.package_zip(package)


def test_a_change_of_data_is_a_change(package: Path) -> None:
    before = packaging.package_zip(package)
    (package / "data" / "a.json").write_text("[2]")
    assert packaging.short_hash(packaging.package_zip(package)) != packaging.short_hash(before)


def test_python_imports_the_package_from_the_zip(package: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.zip"
    path.write_bytes(packaging.package_zip(package))
    code = f"import sys; sys.path.insert(0, {str(path)!r}); import mine; print(mine.VALUE)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd="/", check=True)
    assert result.stdout == "7\n"


def test_the_jobs_package_holds_its_data() -> None:
    content = names(packaging.package_zip(PACKAGE, REPORT, PRICES))
    wanted = {"weather_etl/__init__.py", "weather_etl/datasets/tables.json", "aws_prices/prices.json"}
    wanted |= {"weather_report/job.py", "weather_report/assets/report.css"}
    assert wanted <= set(content)
    assert not [name for name in content if "__pycache__" in name]


def test_a_folder_without_a_package_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="not a Python package"):
        packaging.package_zip(tmp_path)


def test_a_content_is_kept_once_under_its_hash(tmp_path: Path) -> None:
    first = packaging.keep(b"content", tmp_path, "a.zip")
    changed = first.stat().st_mtime_ns
    assert packaging.keep(b"content", tmp_path, "a.zip") == first
    assert first.stat().st_mtime_ns == changed
    assert first.parent.name == packaging.short_hash(b"content")
    assert [path.name for path in first.parent.iterdir()] == ["a.zip"]
    assert packaging.keep(b"other", tmp_path, "a.zip") != first


REQUIREMENTS_TEXT = r"""
duckdb==2.0.0 \
    --hash=sha256:00
numpy==2.4.6 ; python_full_version < '3.12' \
    --hash=sha256:01
numpy==2.5.5 ; python_full_version >= '3.12' \
    --hash=sha256:02
# a comment
tzdata==2026.6
"""


def test_pins_follow_the_python_of_the_glue_version() -> None:
    assert packaging.pinned_modules(REQUIREMENTS_TEXT, (3, 11)) == [
        "duckdb==2.0.0",
        "numpy==2.4.6",
        "tzdata==2026.6",
    ]
    assert packaging.pinned_modules(REQUIREMENTS_TEXT, (3, 13)) == [
        "duckdb==2.0.0",
        "numpy==2.5.5",
        "tzdata==2026.6",
    ]


def test_an_unknown_marker_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown environment marker"):
        packaging.pinned_modules("a==1 ; sys_platform == 'linux'", (3, 11))


@pytest.mark.parametrize("version", PYTHON_OF_GLUE)
def test_the_jobs_requirements_give_one_pin_each(version: str) -> None:
    pins = packaging.pinned_modules(REQUIREMENTS.read_text(), PYTHON_OF_GLUE[version])
    projects = [pin.split("==")[0] for pin in pins]
    assert len(projects) == len(set(projects))
    assert {"duckdb", "numpy", "obstore", "orjson", "pyarrow", "tzdata"} <= set(projects)
