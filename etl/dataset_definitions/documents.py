"""The files that are generated from the definitions."""

import json
from pathlib import Path
from typing import Final

from dataset_definitions.column import AGGREGATES
from dataset_definitions.datasets import DATASETS, Dataset, statement

ROOT: Final = Path(__file__).parents[2]
_TABLES: Final = "etl/weather_etl/datasets/tables.json"
_SQL: Final = "etl/weather_etl/statistics/sql/{}.sql"
_PAGE: Final = "docs/datasets/{}.md"
_GENERATED: Final = "<!-- columns: python -m dataset_definitions -->"


def files() -> dict[str, str]:
    """Return the text of every generated file by its path below the project's root."""
    generated = {_TABLES: tables_json()}
    generated |= {_SQL.format(name): statement(name) for name in AGGREGATES}
    return generated | {_PAGE.format(one.name): _page(one) for one in DATASETS}


def tables_json() -> str:
    """Return `tables.json`, with one column a line."""
    return "{\n" + ",\n".join(_table(one) for one in DATASETS) + "\n}\n"


def _table(dataset: Dataset) -> str:
    partitions = [
        {"name": name, "type": "string", "comment": comment} for name, comment in dataset.partitions.items()
    ]
    columns = [
        {"name": one.name, "type": one.type, "unit": one.unit, "comment": one.comment}
        for one in dataset.columns()
    ]
    return (
        f'  "{dataset.name}": {{\n'
        f'    "description": {json.dumps(dataset.description)},\n'
        f'    "file": {json.dumps(dataset.file)},\n'
        f'    "partitions": [\n{_lines(partitions)}\n    ],\n'
        f'    "columns": [\n{_lines(columns)}\n    ]\n'
        "  }"
    )


def _lines(items: list[dict[str, str]] | list[dict[str, str | None]]) -> str:
    return ",\n".join(f"      {json.dumps(item)}" for item in items)


def _page(dataset: Dataset) -> str:
    """Return the page of a dataset: its own words, then keys and columns."""
    words, marker, _ = (ROOT / _PAGE.format(dataset.name)).read_text("utf-8").partition(_GENERATED)
    if not marker:
        raise ValueError(f"{_PAGE.format(dataset.name)} has no line {_GENERATED}")
    keys = "\n".join(f"- `{name}` (string): {comment}" for name, comment in dataset.partitions.items())
    rows = "\n".join(
        f"| `{one.name}` | {one.type} | {one.unit or ''} | {one.comment} |" for one in dataset.columns()
    )
    return (
        f"{words}{_GENERATED}\n\n## Partition keys\n\n{keys}\n\n## Columns\n\n"
        f"| column | type | unit | meaning |\n|---|---|---|---|\n{rows}\n"
    )
