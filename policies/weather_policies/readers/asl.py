"""A state machine definition as a graph: states at every depth, their edges, cycles, waits and counters.

Pure functions over a parsed Amazon States Language definition, JSONata and JSONPath alike
(states-language.net and the Step Functions developer guide). What is malformed reads as absent; `faults`
lists what makes a definition unusable.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from weather_policies.kit.reading import Document

STATE_TYPES = frozenset({"Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"})
_ARN_PARTS = 6
_NAME = re.compile(r"[\w .:-]{1,80}")


@dataclass(frozen=True)
class State:
    """One state and the chart it stands in: the machine, a branch of a Parallel or the processor of a Map."""

    name: str
    body: Mapping[str, Any]
    chart: "Chart"
    language: str = "JSONPath"

    @property
    def type(self) -> str:
        """The state's `Type`, empty if it has none."""
        return str(self.body.get("Type", ""))

    @property
    def label(self) -> str:
        """The state's name as a message may hold it."""
        return f"'{self.name}'" if _NAME.fullmatch(self.name) else "a state"

    def blocks(self, key: str) -> list[Mapping[str, Any]]:
        """A list of objects of the state: `Retry`, `Catch` or `Choices`."""
        return objects(self.body.get(key))

    def targets(self) -> list[str]:
        """Names of the states that may follow."""
        single = [self.body.get("Next"), self.body.get("Default")]
        branched = [block.get("Next") for key in ("Choices", "Catch") for block in self.blocks(key)]
        return [name for name in (*single, *branched) if isinstance(name, str)]


@dataclass(frozen=True)
class Chart:
    """States that lead to each other: `StartAt` and `States`."""

    start: str | None
    states: Mapping[str, State]

    def cycles(self) -> list[frozenset[str]]:
        """The sets of states that can lead back to themselves (strongly connected, with an edge inside)."""
        return [
            group
            for group in _components({name: self._inside(state) for name, state in self.states.items()})
            if len(group) > 1 or any(name in self._inside(self.states[name]) for name in group)
        ]

    def _inside(self, state: State) -> list[str]:
        return [name for name in state.targets() if name in self.states]

    def is_acyclic(self, group: frozenset[str], without: set[str]) -> bool:
        """Whether nothing leads round in `group` once some states are taken out."""
        rest = {name: self.states[name] for name in group - without}
        return not Chart(None, rest).cycles()


def charts(definition: Document, language: str = "JSONPath") -> list[Chart]:
    """The machine's own chart first, then those of Parallel branches and Map processors, at any depth."""
    language = str(definition.get("QueryLanguage", language))
    chart = _chart(definition, language)
    inner = [(i, state.language) for state in chart.states.values() for i in _inner(state)]
    return [chart, *(c for i, spoken in inner for c in charts(i, spoken))]


def states(definition: Document) -> list[State]:
    """Every state at every depth."""
    return [state for chart in charts(definition) for state in chart.states.values()]


def tasks(definition: Document) -> list[State]:
    """Every Task at every depth."""
    return [state for state in states(definition) if state.type == "Task"]


def placed_tasks(definition: Document) -> list[tuple[State, list[State]]]:
    """Every Task at every depth, with the Maps that it stands in."""
    return [(state, maps) for state, maps in placed_states(definition) if state.type == "Task"]


def placed_states(definition: Document) -> list[tuple[State, list[State]]]:
    """Every state at every depth, with the Maps that it stands in."""
    return list(_placed(definition, "JSONPath", []))


def _placed(definition: Document, language: str, maps: list[State]) -> Iterator[tuple[State, list[State]]]:
    language = str(definition.get("QueryLanguage", language))
    for state in _chart(definition, language).states.values():
        yield state, maps
        around = [*maps, state] if state.type == "Map" else maps
        for inner in _inner(state):
            yield from _placed(inner, state.language, around)


def faults(definition: Document) -> Iterator[str]:
    """What makes a definition unusable, in words; nothing if it can run."""
    for chart in charts(definition):
        if not chart.states:
            yield "it has no States"
            continue
        if chart.start not in chart.states:
            yield "StartAt names no state"
        for state in chart.states.values():
            yield from _state_faults(state)
        yield from (f"state {chart.states[n].label} cannot be reached" for n in _unreached(chart))


def integration(task: State) -> str:
    """What a task calls: `glue:startJobRun.sync`, `activity`, or the service of a plain ARN (`lambda`)."""
    resource = task.body.get("Resource")
    parts = resource.split(":", 5) if isinstance(resource, str) else []
    if len(parts) < _ARN_PARTS:
        return ""
    if parts[2] == "states":
        return "activity" if parts[3] else parts[5]
    return parts[2]


def mode(processor: Mapping[str, Any]) -> str:
    """Whether a Map's processor runs INLINE or DISTRIBUTED."""
    block = processor.get("ProcessorConfig")
    given = cast("Mapping[str, Any]", block) if isinstance(block, Mapping) else dict[str, Any]()
    return str(given.get("Mode", "INLINE"))


def arguments(task: State) -> Mapping[str, Any]:
    """What a task is called with: `Arguments` (JSONata) or `Parameters` (JSONPath)."""
    for key in ("Arguments", "Parameters"):
        value = task.body.get(key)
        if isinstance(value, Mapping):
            return cast("Mapping[str, Any]", value)
    return {}


def objects(value: object) -> list[Mapping[str, Any]]:
    """The objects of a list; empty if it is none."""
    listed = cast("list[Any]", value) if isinstance(value, list) else []
    return [cast("Mapping[str, Any]", item) for item in listed if isinstance(item, Mapping)]


def _chart(definition: Mapping[str, Any], language: str) -> Chart:
    found: dict[str, State] = {}
    start = definition.get("StartAt")
    chart = Chart(start if isinstance(start, str) else None, found)
    given: Any = definition.get("States")
    listed = cast("Mapping[str, Any]", given) if isinstance(given, Mapping) else dict[str, Any]()
    for name, body in listed.items():
        if isinstance(body, Mapping):
            block = cast("Mapping[str, Any]", body)
            found[name] = State(name, block, chart, str(block.get("QueryLanguage", language)))
    return chart


def _inner(state: State) -> list[Document]:
    given = [state.body.get("ItemProcessor"), state.body.get("Iterator"), *state.blocks("Branches")]
    return [dict(cast("Mapping[str, Any]", g)) for g in given if isinstance(g, Mapping)]


def _state_faults(state: State) -> Iterator[str]:
    if state.type not in STATE_TYPES:
        yield f"state {state.label} has no type that exists"
    if any(name not in state.chart.states for name in state.targets()):
        yield f"state {state.label} leads to a state that does not exist"
    ends = state.type in {"Succeed", "Fail", "Choice"} or state.body.get("End") is True
    if not ends and not isinstance(state.body.get("Next"), str):
        yield f"state {state.label} has neither Next nor End"


def _unreached(chart: Chart) -> list[str]:
    reached: set[str] = set()
    waiting = [chart.start] if chart.start in chart.states else []
    while waiting:
        name = cast("str", waiting.pop())
        if name not in reached:
            reached.add(name)
            waiting.extend(n for n in chart.states[name].targets() if n in chart.states)
    return sorted(set(chart.states) - reached)


def _components(edges: Mapping[str, Sequence[str]]) -> list[frozenset[str]]:
    """Strongly connected components, by the sets that reach each other; definitions are small."""
    reach = {name: _reach(name, edges) for name in edges}
    groups = {frozenset({name, *(n for n in reach[name] if name in reach[n])}) for name in edges}
    return sorted(groups, key=sorted)


def _reach(start: str, edges: Mapping[str, Sequence[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = list(edges[start])
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(edges[name])
    return seen
