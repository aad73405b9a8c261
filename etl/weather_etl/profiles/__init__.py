"""Device profiles: how the messages of a device family are recognised and read, as data.

A profile is one JSON file (`builtin/*.json`; `docs/profiles.md` describes the format).  `catalogue` collects
the documents, `reader` checks each and makes a `Profile` of `model` from it.  What profiles are written with
lies beside them: paths (`fields`), conditions, units, numbers as devices write them, times.
"""

from weather_etl.profiles.catalogue import ProfileSet, load_profiles
from weather_etl.profiles.checker import ProfileError
from weather_etl.profiles.model import Profile

__all__ = ["Profile", "ProfileError", "ProfileSet", "load_profiles"]
