import json
import os

import pytest

from weather_cli.errors import UsageError
from weather_cli.output import MARKER, claim, download


class Bucket:
    """The two calls of S3 that a download makes."""

    def __init__(self, objects):
        self.objects = objects

    def get_paginator(self, _operation):
        return self

    def paginate(self, Bucket):  # noqa: N803 - the API's name
        return [{"Contents": [{"Key": key} for key in self.objects]}, {}]

    def get_object(self, Bucket, Key):  # noqa: N803 - the API's names
        from io import BytesIO

        return {"Body": BytesIO(self.objects[Key])}


def files(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} - {MARKER}


def test_a_demo_replaces_what_an_older_demo_wrote(tmp_path):
    folder = tmp_path / "out"
    claim(folder)
    download(Bucket({"daily/site=EWR/daily.csv": b"1", "_runs/a/summary.json": b"2"}), "b", folder)
    claim(folder)
    assert not files(folder)
    assert not (folder / "daily").exists()
    assert download(Bucket({"weekly/w.csv": b"3"}), "b", folder) == ["weekly/w.csv"]
    assert files(folder) == {"weekly/w.csv"}


def test_files_that_somebody_added_stay(tmp_path):
    download(Bucket({"daily/d.csv": b"1"}), "b", tmp_path)
    (tmp_path / "daily" / "notes.txt").write_text("mine")
    claim(tmp_path)
    assert files(tmp_path) == {"daily/notes.txt"}


def test_a_folder_that_no_demo_filled_is_refused_and_untouched(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(UsageError, match="no demo wrote"):
        claim(tmp_path)
    assert files(tmp_path) == {"thesis.txt"}


def test_a_file_in_the_way_is_refused(tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(UsageError, match="not a folder"):
        claim(tmp_path / "out")


def test_a_folder_that_cannot_be_written_is_refused_before_anything_runs(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="not a folder; name another"):
        claim(tmp_path / "file" / "out")
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)  # a root may write anywhere but there
    with pytest.raises(UsageError, match="cannot be written to; name another"):
        claim(tmp_path / "out")


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"files": [5]}', '{"files": 5}'])
def test_a_damaged_marker_is_named_and_nothing_is_removed(tmp_path, text):
    (tmp_path / MARKER).write_text(text)
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(UsageError, match="is damaged; remove"):
        claim(tmp_path)
    assert files(tmp_path) == {"mine.txt"}


def test_a_marker_cannot_reach_outside_its_folder(tmp_path):
    folder, outside = tmp_path / "out", tmp_path / "precious.txt"
    folder.mkdir()
    outside.write_text("keep")
    (folder / MARKER).write_text(json.dumps({"files": ["../precious.txt", str(outside)]}))
    with pytest.raises(UsageError, match="outside"):
        claim(folder)
    assert outside.exists()
