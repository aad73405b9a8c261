"""The profiles of a run: those that are built in, those of files, those of the run configuration."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, cast

from weather_etl.checking import Problem, built_in_profiles, did_you_mean, profile_problems
from weather_etl.profiles.checker import ProfileError
from weather_etl.profiles.model import Profile
from weather_etl.profiles.reader import read_profile


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
                [
                    Problem(
                        "profiles",
                        f"{name!r} is not a known profile",
                        f"one of {', '.join(by_name)}",
                        did_you_mean(name, by_name),
                    )
                    for name in unknown
                ]
            )
        rest = (profile for profile in self.profiles if profile.automatic and profile.name not in preferred)
        return (*(by_name[name] for name in preferred), *rest)

    def secrets(self) -> tuple[str, ...]:
        """Return every profile's secret names: what is not recognised may be any family's."""
        return tuple(dict.fromkeys(name for profile in self.profiles for name in profile.secrets))


def load_profiles(extra: Iterable[Mapping[str, Any]] = (), files: Iterable[Path] = ()) -> ProfileSet:
    """Load the built-in profiles and further ones.

    Args:
        extra: profiles as parsed JSON, from the run configuration document; one with the name of a built-in
            profile replaces it.
        files: further profile files.

    Returns:
        All profiles, by priority and then name.

    Raises:
        ProfileError: with every problem of every profile.
    """
    problems: list[Problem] = []
    own: dict[str, tuple[str, Mapping[str, Any]]] = {}
    for file in files:
        try:
            _add_text(own, str(file), file.read_text(encoding="utf-8"), problems)
        except (OSError, UnicodeDecodeError) as error:
            problems.append(Problem(str(file), f"cannot be read: {error}"))
    for index, document in enumerate(extra):
        _add(own, f"configuration profiles[{index}]", document, problems)
    documents = _shipped() | own
    profiles = [
        _built_in(name)
        if name not in own and document.get("extends") not in own
        else _read(origin, document, documents, problems, known=name not in own)
        for name, (origin, document) in documents.items()
    ]
    if problems:
        raise ProfileError(problems)
    found = [profile for profile in profiles if profile is not None]
    return ProfileSet(tuple(sorted(found, key=lambda profile: (profile.priority, profile.name))))


def _shipped() -> dict[str, tuple[str, Mapping[str, Any]]]:
    """Return the documents of the built-in profiles by name, each with its origin."""
    return {name: (f"{name}.json", document) for name, document in built_in_profiles().items()}


@cache
def _built_in(name: str) -> Profile | None:
    """Return a built-in profile, read once a process."""
    documents, problems = _shipped(), list[Problem]()
    profile = _read(*documents[name], documents, problems, known=True)
    if problems:
        raise ProfileError(problems)
    return profile


def _add_text(
    documents: dict[str, tuple[str, Mapping[str, Any]]], origin: str, text: str, problems: list[Problem]
) -> None:
    try:
        document: Any = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        problems.append(Problem(origin, f"is not JSON: {error}"))
    else:
        _add(documents, origin, document, problems)


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is not a number")


def _add(
    documents: dict[str, tuple[str, Mapping[str, Any]]],
    origin: str,
    document: object,
    problems: list[Problem],
) -> None:
    profile = cast("dict[str, Any]", document) if isinstance(document, dict) else {}
    name = profile.get("name")
    if not isinstance(name, str):
        problems += _located(origin, profile_problems(document))
        return
    if name in documents and documents[name][1] != profile:
        other = documents[name][0]
        problems.append(Problem(f"{origin}: name", f"{name!r} is the name of another profile, {other}"))
        return
    documents[name] = (origin, profile)


def _read(
    origin: str,
    document: Mapping[str, Any],
    documents: Mapping[str, tuple[str, Mapping[str, Any]]],
    problems: list[Problem],
    *,
    known: bool,
) -> Profile | None:
    """Read one profile, after laying it over the one that it extends.

    One that is known to be right, since it ships with this package and its tests, is checked only if it
    cannot be read: a run should not pay for that.
    """
    wrong = [] if known else profile_problems(document, (other for _, other in documents.values()))
    if not wrong:
        parent = documents.get(document.get("extends", ""), ("", {}))[1]
        merged = {**parent, **document}
        merged.pop("$schema", None)
        own: list[str] = []
        profile = read_profile(origin, merged, own)
        if not own:
            return profile
        wrong = profile_problems(document) or [Problem("", problem) for problem in own]
    problems += _located(origin, wrong)
    return None


def _located(origin: str, problems: Iterable[Problem]) -> list[Problem]:
    """Return problems of one document with the place where it comes from."""
    return [replace(one, where=f"{origin}: {one.where}" if one.where else origin) for one in problems]
