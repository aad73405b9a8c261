"""Device profiles: how the messages of a device family are recognised and read, as data.

A profile is one JSON file (`builtin/*.json`; `docs/profiles.md` describes the format).  `catalogue` collects
the documents, `reader` checks each and makes a `Profile` of `model` from it.  What profiles are written with
lies beside them: paths (`fields`), conditions, units, numbers as devices write them, times.
"""

from weather_etl.profiles.catalogue import ProfileSet, load_profiles
from weather_etl.profiles.checker import ProfileError
from weather_etl.profiles.fields import Place, Record, as_list, as_record, dig, format_place, leaves
from weather_etl.profiles.model import Profile
from weather_etl.profiles.units import COMPASS, conversion, fold_name, unit_of_suffix, units_for

__all__ = [
    "COMPASS",
    "Place",
    "Profile",
    "ProfileError",
    "ProfileSet",
    "Record",
    "as_list",
    "as_record",
    "conversion",
    "dig",
    "fold_name",
    "format_place",
    "leaves",
    "load_profiles",
    "unit_of_suffix",
    "units_for",
]
