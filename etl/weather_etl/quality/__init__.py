"""Quality flags of observations, in the QARTOD scheme, by rules that are data (`settings/qc_rules.json`).

`evaluate` flags every value of a site's rows, `worst` gives one flag a row.
"""

from weather_etl.quality.flags import Flags, evaluate, rules_for, worst

__all__ = [
    "Flags",
    "evaluate",
    "rules_for",
    "worst",
]
