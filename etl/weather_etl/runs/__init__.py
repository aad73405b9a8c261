"""A run: planned, executed, judged, published, documented, remembered.

`run` does it all and returns the summary.  An operator's decisions about rejected runs are made with
`accept_run` and `exclude_keys`; `proposals` are the ledger entries that runs propose.  `GivenConfig` reads
the configuration that a run kept beside its manifest.
"""

from weather_etl.runs.catalog import Catalog, glue_client
from weather_etl.runs.config_file import GivenConfig, load_config, load_config_file, read_config
from weather_etl.runs.decisions import accept_run, exclude_keys
from weather_etl.runs.documents import CONFIGURATION
from weather_etl.runs.execution import run
from weather_etl.runs.ledger_proposals import Proposal, proposals
from weather_etl.runs.planning import WindowError
from weather_etl.runs.progress import Progress, no_progress
from weather_etl.runs.repair import Findings, repair_target
from weather_etl.runs.sensor_weeks import SensorWeeks
from weather_etl.runs.state import (
    BusyError,
    Decisions,
    SiteState,
    StateError,
    Watermark,
    read_decisions,
    read_watermark,
    write_decisions,
)

__all__ = [
    "CONFIGURATION",
    "BusyError",
    "Catalog",
    "Decisions",
    "Findings",
    "GivenConfig",
    "Progress",
    "Proposal",
    "SensorWeeks",
    "SiteState",
    "StateError",
    "Watermark",
    "WindowError",
    "accept_run",
    "exclude_keys",
    "glue_client",
    "load_config",
    "load_config_file",
    "no_progress",
    "proposals",
    "read_config",
    "read_decisions",
    "read_watermark",
    "repair_target",
    "run",
    "write_decisions",
]
