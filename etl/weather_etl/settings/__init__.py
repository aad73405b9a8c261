"""Arguments of a run, its configuration, and the rules of quality control."""

from weather_etl.settings.arguments import (
    DEFAULT_TIMEZONE,
    Arguments,
    UsageError,
    add_arguments,
    from_namespace,
    parse_arguments,
)
from weather_etl.settings.config import PRESETS, ConfigError, Outputs, RunConfig, SiteSettings, parse_config
from weather_etl.settings.ledger import LedgerEntry, render_ledger
from weather_etl.settings.qc_rules import MAX_LOOKBACK_MINUTES, Rules, merged_rules, rule_document

__all__ = [
    "DEFAULT_TIMEZONE",
    "MAX_LOOKBACK_MINUTES",
    "PRESETS",
    "Arguments",
    "ConfigError",
    "LedgerEntry",
    "Outputs",
    "Rules",
    "RunConfig",
    "SiteSettings",
    "UsageError",
    "add_arguments",
    "from_namespace",
    "merged_rules",
    "parse_arguments",
    "parse_config",
    "render_ledger",
    "rule_document",
]
