"""Whether a source is what its user meant, told from where the first message of each site lies.

A source holds one folder per site.  One level too high, all sites would become one; one level too low, or
with folders by date first, days would become sites.  Below a site, folders by date or hour are common.
"""

import re
from collections.abc import Mapping
from typing import Final

_CENTURY: Final = r"(19|20)\d{2}"
_MONTH: Final = (
    r"(?i:jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?|"
    r"nov(ember)?|dec(ember)?)"
)
_YEAR: Final = re.compile(
    rf"{_CENTURY}([-_.]?\d{{2}}([-_.]?\d{{2}}([-_.T ]?\d{{2}}([-_:.]?\d{{2}}){{0,2}}Z?)?)?)?"  # 2026-11-06T17
    rf"|{_CENTURY}[-_]?(W\d{{2}}|Q[1-4])"  # weeks and quarters
    rf"|\d{{1,2}}[-_.]\d{{1,2}}[-_.]{_CENTURY}"  # 06.11.2026
    rf"|(\d{{1,2}}[-_. ])?{_MONTH}([-_. ]?{_CENTURY})?|{_CENTURY}[-_. ]?{_MONTH}([-_. ]\d{{1,2}})?"
    r"|(year|date|dt|day|week|month|ingest_date)=.*"
)
"""A folder that is called by a date: year, month, day and hour, or some of them, in figures or in English."""
_DATE: Final = re.compile(rf"{_YEAR.pattern}|\d{{1,2}}|[A-Za-z][A-Za-z_]*=[^/]*")
"""A folder that may be a part of a date, or a partition of Hive's."""


def misplaced(url: str, first_keys: Mapping[str, str | None]) -> str | None:
    """Return what is wrong with a source and what would be right; None where nothing is.

    Args:
        url: of the source.
        first_keys: {site: key of a message below the source}, None for a site without one.
    """
    if not first_keys:
        return None
    place = url.rstrip("/")
    inside_a_year = _YEAR.fullmatch(place.rpartition("/")[2]) is not None
    dated = sorted(site for site in first_keys if (_DATE if inside_a_year else _YEAR).fullmatch(site))
    if len(dated) == len(first_keys):
        return (
            f"the source {place} holds folders by date ({_some(dated)}), and each would become a site. The "
            "source is the folder that holds one folder per site: point --source there, or put the messages "
            "of each site into a folder of its own (a site that is called like a date is named in the "
            "configuration's sites)"
        )
    if len(first_keys) > 1:
        return None
    [(site, key)] = first_keys.items()
    between = (key or "").removeprefix(f"{site}/").split("/")[:-1]
    deeper: list[str] = []
    for folder in between:
        if _DATE.fullmatch(folder) or not folder.strip("."):  # an empty or a dotted name is nobody's folder
            break
        deeper.append(folder)
    if not deeper or key is None or not key.startswith(f"{site}/"):
        return None
    below = "/".join([place, site, *deeper[:-1]])
    return (
        f"the source {place} holds one folder, {site}, and the messages lie in folders below it "
        f"({key.rpartition('/')[0]}/): all would become one site. Did you mean --source {below}? "
        f"Where {site} is the site and its folders are devices, name it in the configuration's sites"
    )


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
