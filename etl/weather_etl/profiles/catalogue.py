"""The profiles of a run: those that are built in, those of a directory, those of the run configuration."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final, cast

from weather_etl.profiles.checker import ProfileError
from weather_etl.profiles.model import Profile
from weather_etl.profiles.reader import read_profile

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{1,39}")


@dataclass(frozen=True)
class ProfileSet:
    """The profiles of a run, in the order in which they are asked."""

    profiles: tuple[Profile, ...]

    def for_site(self, preferred: Sequence[str] = ()) -> tuple[Profile, ...]:
        """Return the profiles that a site uses: those it names first, then the automatic ones.

        Raises:
            ProfileError: the site names a profile that does not exist.
        """
        by_name = {profile.name: profile for profile in self.profiles}
        unknown = [name for name in preferred if name not in by_name]
        if unknown:
            raise ProfileError(
                [f"profile {name!r} does not exist (there are: {', '.join(by_name)})" for name in unknown]
            )
        rest = (profile for profile in self.profiles if profile.automatic and profile.name not in preferred)
        return (*(by_name[name] for name in preferred), *rest)

    def secrets(self) -> tuple[str, ...]:
        """Return every profile's secret names: what is not recognised may be any family's."""
        return tuple(dict.fromkeys(name for profile in self.profiles for name in profile.secrets))


def load_profiles(extra: Iterable[Mapping[str, Any]] = (), directory: Path | None = None) -> ProfileSet:
    """Load the built-in profiles and further ones.

    Args:
        extra: profiles as parsed JSON, from the run configuration document; one with the name of a built-in
            profile replaces it.
        directory: a directory of further profile files.

    Returns:
        All profiles, by priority and then name.

    Raises:
        ProfileError: with every problem of every profile.
        OSError: the directory cannot be read.
    """
    problems: list[str] = []
    documents: dict[str, tuple[str, Mapping[str, Any]]] = {}
    for origin, text in _built_in():
        _add_text(documents, origin, text, problems)
    own: dict[str, tuple[str, Mapping[str, Any]]] = {}
    if directory is not None:
        for file in sorted(directory.glob("*.json")):
            try:
                _add_text(own, str(file), file.read_text(encoding="utf-8"), problems)
            except (OSError, UnicodeDecodeError) as error:
                problems.append(f"{file}: cannot be read: {error}")
    for index, document in enumerate(extra):
        _add(own, f"configuration profiles[{index}]", document, problems)
    documents |= own
    profiles = [_read(origin, document, documents, problems) for origin, document in documents.values()]
    if problems:
        raise ProfileError(problems)
    found = [profile for profile in profiles if profile is not None]
    return ProfileSet(tuple(sorted(found, key=lambda profile: (profile.priority, profile.name))))


def _built_in() -> Iterable[tuple[str, str]]:
    """Read the files through importlib, since on Glue the package is a zip on the path."""
    files = resources.files("weather_etl.profiles").joinpath("builtin").iterdir()
    for file in sorted((file for file in files if file.name.endswith(".json")), key=lambda file: file.name):
        yield file.name, file.read_text(encoding="utf-8")


def _add_text(
    documents: dict[str, tuple[str, Mapping[str, Any]]], origin: str, text: str, problems: list[str]
) -> None:
    try:
        document: Any = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        problems.append(f"{origin}: is not JSON: {error}")
    else:
        _add(documents, origin, document, problems)


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is not a number")


def _add(
    documents: dict[str, tuple[str, Mapping[str, Any]]], origin: str, document: object, problems: list[str]
) -> None:
    if not isinstance(document, dict):
        problems.append(f"{origin}: is not an object")
        return
    profile = cast("dict[str, Any]", document)
    name = profile.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        problems.append(f"{origin}: name: must be {_NAME.pattern}, not {name!r}")
        return
    if name in documents and documents[name][1] != profile:
        problems.append(f"{origin}: name: {name!r} is the name of another profile, {documents[name][0]}")
        return
    documents[name] = (origin, profile)


def _read(
    origin: str,
    document: Mapping[str, Any],
    documents: Mapping[str, tuple[str, Mapping[str, Any]]],
    problems: list[str],
) -> Profile | None:
    """Read one profile, after laying it over the one that it extends."""
    parent = document.get("extends")
    if parent is not None:
        if parent not in documents or "extends" in documents[parent][1]:
            problems.append(f"{origin}: extends: {parent!r} is not a known profile, or itself extends one")
            return None
        document = {**documents[parent][1], **document}
    own: list[str] = []
    profile = read_profile(origin, document, own)
    problems += [f"{origin}: {problem}" for problem in own]
    return None if own else profile
