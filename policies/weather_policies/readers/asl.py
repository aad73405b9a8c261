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
_VARIABLE = r"\$(?:states\.(?:input|context)\.)?\.?[A-Za-z_]\w*(?:\.\w+)*"
_BOUND = r"(?:\$count\(\$[\w.]+\)|\$[\w.]+|\d+(?:\.\d+)?)"
_REACHED = re.compile(rf"^\(*\s*(?P<counter>{_VARIABLE})\s*>=?\s*{_BOUND}\s*\)*$")
_REACHED_TURNED = re.compile(rf"^\(*\s*{_BOUND}\s*<=?\s*(?P<counter>{_VARIABLE})\s*\)*$")
_BELOW = re.compile(rf"^\(*\s*(?P<counter>{_VARIABLE})\s*<=?\s*{_BOUND}\s*\)*$")
_BELOW_TURNED = re.compile(rf"^\(*\s*{_BOUND}\s*>=?\s*(?P<counter>{_VARIABLE})\s*\)*$")


@dataclass(frozen=True)
class State:
    """One state and the chart it stands in: the machine, a branch of a Parallel or the processor of a Map."""

    name: str
    body: Mapping[str, Any]
    chart: "Chart"

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


def charts(definition: Document) -> list[Chart]:
    """The machine's own chart first, then those of Parallel branches and Map processors, at any depth."""
    chart = _chart(definition)
    return [chart, *(c for state in chart.states.values() for inner in _inner(state) for c in charts(inner))]


def states(definition: Document) -> list[State]:
    """Every state at every depth."""
    return [state for chart in charts(definition) for state in chart.states.values()]


def tasks(definition: Document) -> list[State]:
    """Every Task at every depth."""
    return [state for state in states(definition) if state.type == "Task"]


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


def is_bounded(chart: Chart, cycle: frozenset[str]) -> bool:
    """Whether every way round `cycle` passes a Choice that ends it by a counter, and a state that counts."""
    return any(
        not _reset(chart, cycle, counter)
        and chart.is_acyclic(cycle, _checks(chart, cycle, counter))
        and chart.is_acyclic(cycle, _counting(chart, cycle, counter))
        for counter in sorted(_counters(chart, cycle))
    )


def integration(task: State) -> str:
    """What a task calls: `glue:startJobRun.sync`, `activity`, or the service of a plain ARN (`lambda`)."""
    resource = task.body.get("Resource")
    parts = resource.split(":", 5) if isinstance(resource, str) else []
    if len(parts) < _ARN_PARTS:
        return ""
    if parts[2] == "states":
        return "activity" if parts[3] else parts[5]
    return parts[2]


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


def _chart(definition: Mapping[str, Any]) -> Chart:
    found: dict[str, State] = {}
    start = definition.get("StartAt")
    chart = Chart(start if isinstance(start, str) else None, found)
    given: Any = definition.get("States")
    listed = cast("Mapping[str, Any]", given) if isinstance(given, Mapping) else dict[str, Any]()
    for name, body in listed.items():
        if isinstance(body, Mapping):
            found[name] = State(name, cast("Mapping[str, Any]", body), chart)
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


def _counters(chart: Chart, cycle: frozenset[str]) -> set[str]:
    """Variables that some Choice in the cycle compares with a bound."""
    conditions = (
        c
        for name in cycle
        for block in chart.states[name].blocks("Choices")
        for c in [*_alternatives(block), *_demands(block)]
    )
    return {counter for term in conditions if (counter := _counter(term)) is not None}


def _checks(chart: Chart, cycle: frozenset[str], counter: str) -> set[str]:
    """The Choices of the cycle that cannot go on in it once the counter has reached its bound."""
    return {
        name
        for name in cycle
        if chart.states[name].type == "Choice" and _ends_by(chart.states[name], cycle, counter)
    }


def _ends_by(choice: State, cycle: frozenset[str], counter: str) -> bool:
    """Read the rules in order: what stays in the cycle comes after the check or demands 'below the bound'."""
    for block in choice.blocks("Choices"):
        stays = block.get("Next") in cycle
        if not stays and any(
            _matches(term, counter, (_REACHED, _REACHED_TURNED)) for term in _alternatives(block)
        ):
            return True
        if stays and not any(_matches(t, counter, (_BELOW, _BELOW_TURNED)) for t in _demands(block)):
            return False
    return choice.body.get("Default") not in cycle


def _counting(chart: Chart, cycle: frozenset[str], counter: str) -> set[str]:
    """The states of the cycle that add to the counter."""
    return {name for name in cycle if any(_adds(text, counter) for text in _texts(chart.states[name].body))}


def _reset(chart: Chart, cycle: frozenset[str], counter: str) -> bool:
    """Whether a state of the cycle sets the counter to something that is not a count onwards."""
    assigned = [chart.states[name].body.get("Assign") for name in cycle]
    values = [
        cast("Mapping[str, Any]", block)[counter[1:]]
        for block in assigned
        if isinstance(block, Mapping) and counter[1:] in block
    ]
    return any(not (isinstance(value, str) and _adds(value, counter)) for value in values)


def _adds(text: str, counter: str) -> bool:
    """Whether an expression is the counter plus something: JSONata `$polls + 1`, or States.MathAdd."""
    variable = re.escape(counter)
    sums = rf"{variable}\s*\+\s*\d|\d\s*\+\s*{variable}(?!\w)|States\.MathAdd\(\s*{variable}\s*,"
    return re.search(sums, text) is not None


def _alternatives(block: Mapping[str, Any]) -> list[str]:
    """The conditions of which one suffices: the parts of an `or`, the members of an Or, or all of it."""
    condition = block.get("Condition")
    if isinstance(condition, str):
        return [part.strip() for part in re.split(r"\bor\b", _expression(condition))]
    members = objects(block.get("Or"))
    return [_comparison(member) for member in members or [block]]


def _demands(block: Mapping[str, Any]) -> list[str]:
    """The conditions that must all hold: the parts of an `and`, the members of an And, or all of it."""
    condition = block.get("Condition")
    if isinstance(condition, str):
        expression = _expression(condition)
        either = re.search(r"\bor\b", expression) is not None
        return [] if either else [part.strip() for part in re.split(r"\band\b", expression)]
    members = objects(block.get("And"))
    return [_comparison(member) for member in members or [block]]


def _comparison(block: Mapping[str, Any]) -> str:
    """A JSONPath comparison in the form of a JSONata one; empty if it compares no number."""
    signs = {
        "NumericGreaterThanEquals": ">=",
        "NumericGreaterThan": ">",
        "NumericLessThanEquals": "<=",
        "NumericLessThan": "<",
    }
    for operator, sign in signs.items():
        for key in (operator, f"{operator}Path"):
            if key in block:
                return f"{block.get('Variable')} {sign} {block[key]}"
    return ""


def _counter(term: str) -> str | None:
    for pattern in (_REACHED, _REACHED_TURNED, _BELOW, _BELOW_TURNED):
        found = pattern.match(term)
        if found:
            return found.group("counter")
    return None


def _matches(term: str, counter: str, patterns: Sequence[re.Pattern[str]]) -> bool:
    found = [match for pattern in patterns if (match := pattern.match(term))]
    return any(match.group("counter") == counter for match in found)


def _expression(text: str) -> str:
    """The inside of `{% ... %}`."""
    return text.strip().removeprefix("{%").removesuffix("%}").strip()


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in cast("Mapping[str, Any]", value).values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from _texts(item)
