"""Complete the files and the catalogue entries of a target."""

import argparse

from weather_cli.arguments import Subparsers, add_command
from weather_cli.errors import CommandError, UsageError


def register(subparsers: Subparsers) -> None:
    """Add `weather repair`."""
    parser = add_command(
        subparsers,
        "repair",
        summary="Complete the files and catalogue entries of a target",
        description=(
            "Compare every partition of a target with what its CSV file and the settings ask for: one CSV\n"
            "file, plain or compressed, Parquet and presets made from it, one entry in the catalogue. What\n"
            "is missing or stale is written, what is left over is removed. Every run completes what it and\n"
            "the run before it touched; this looks at everything, after somebody else changed files, say.\n"
            "Numbers are not computed again: for that, replay the window."
        ),
        examples=[
            ("weather repair --target out --check", "only say what is wrong"),
            (
                "weather repair --target s3://processed --database weather_data_catalog_prod",
                "catalogue as well",
            ),
        ],
        statuses={0: "everything is as it should be", 1: "something is wrong that was not mended"},
        interrupted="what was mended is whole; run the same command again for the rest",
    )
    parser.add_argument(
        "--target", required=True, help="where the datasets are: a folder or s3://bucket[/prefix]"
    )
    parser.add_argument("--database", default="", help="catalogue database, for a target in S3")
    parser.add_argument("--check", action="store_true", help="change nothing")
    parser.set_defaults(handler=_handle)


def _handle(arguments: argparse.Namespace) -> int:
    from weather_etl.lake import open_storage
    from weather_etl.runs import Catalog, glue_client, repair_target

    from weather_cli.ui import Ui

    target = open_storage(arguments.target, must_exist=True)
    catalog = None
    if arguments.database:
        if not target.url.startswith("s3://"):
            raise UsageError("--database is for a target in S3: a folder has no catalogue")
        catalog = Catalog(glue_client(), arguments.database, target.url)
    found = repair_target(target, catalog=catalog, change=not arguments.check)
    ui = Ui(answer=False)
    would = "to be " if arguments.check else ""
    ui.facts(
        {
            "partitions checked": found.checked,
            f"files {would}written": _counts(found.written),
            f"files {would}removed": _counts(found.removed),
            f"partitions {would}registered": found.registered,
            f"partitions {would}taken out of the catalogue": found.deregistered,
            "damaged files": len(found.damaged),
        }
    )
    damaged = [f"{key} {reason}" for key, reason in found.damaged.items()]
    if wrong := [*damaged, *found.problems]:
        told = "\n".join(f"  - {text}" for text in wrong)
        raise CommandError(
            f"not mended:\n{told}",
            "restore a damaged file, or remove it and replay its days; then run this again",
        )
    if arguments.check and not found.clean:
        raise CommandError("the target is not as it should be", "run the same command without --check")
    return 0


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "0"
