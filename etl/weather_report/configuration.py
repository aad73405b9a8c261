"""The configuration that a run was given, found again: kept beside its manifest, or still where it was."""

from collections.abc import Mapping
from typing import Any

from weather_etl.lake import LocalStorage
from weather_etl.runs import CONFIGURATION, GivenConfig, load_config_file
from weather_etl.settings import RunConfig

from weather_report.target import Target


def configuration_of(target: Target, manifest: Mapping[str, Any]) -> RunConfig | None:
    """Return what a run was given, or None where that is no longer to be had.

    Args:
        target: where the run wrote.
        manifest: of the run.
    """
    found = target.storage.get(f"_runs/{manifest.get('run_id')}/{CONFIGURATION}")
    if found is not None:
        try:
            return GivenConfig.from_archive(found.data).checked()
        except ValueError:  # damaged, or of a version whose settings are no longer known
            return None
    url = str(manifest.get("config") or "")
    if not url:
        return RunConfig()
    if url.startswith("s3://") and isinstance(target.storage, LocalStorage):
        return None  # a copy of datasets: nobody asked to speak to their bucket
    try:
        config = load_config_file(url)
    except Exception:  # wherever it was, it is not there any more
        return None
    return config if config.digest() == manifest.get("config_sha256", config.digest()) else None
