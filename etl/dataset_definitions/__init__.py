"""The definition of every dataset column, and what is generated from it.

A variable and its statistics are declared in `weather_etl.core.variables`; `scalars` turns that into columns,
`windows`, `wind`, `rain` and `solar` define the columns that need more than a pattern.  From these come the
SQL of the aggregates (`etl/weather_etl/statistics/sql`), the contract of the tables
(`etl/weather_etl/datasets/tables.json`) and the column tables of `docs/datasets`.

`python -m dataset_definitions` rewrites the files, which are committed and kept current by a test, so that
the job ships the expansions and not this package.
"""

from dataset_definitions.documents import files

__all__ = ["files"]
