"""The settings of a stack, one module for each subject, and all of them together as ``Settings``.

A subject's module is the one place that knows a setting's key, type, default, limit and the source of that
limit, and which of its settings exclude each other.  Components take the part they need.  The ``config``
block of ``Pulumi.yaml`` and ``docs/settings.md`` are generated from the same declarations.
"""

from components.settings.crawler import CrawlerSettings
from components.settings.datasets import DatasetSettings
from components.settings.identity import IdentitySettings
from components.settings.job import JobSettings
from components.settings.key import Key
from components.settings.lake import LakeSettings
from components.settings.monitoring import MonitoringSettings
from components.settings.protection import ProtectionSettings
from components.settings.retention import RetentionSettings
from components.settings.schedule import ScheduleSettings
from components.settings.stack import KEYS, REFUSED_KEYS, Settings, SettingsError, refuse_conflicts
from components.settings.workflow import WorkflowSettings

__all__ = [
    "KEYS",
    "REFUSED_KEYS",
    "CrawlerSettings",
    "DatasetSettings",
    "IdentitySettings",
    "JobSettings",
    "Key",
    "LakeSettings",
    "MonitoringSettings",
    "ProtectionSettings",
    "RetentionSettings",
    "ScheduleSettings",
    "Settings",
    "SettingsError",
    "WorkflowSettings",
    "refuse_conflicts",
]
