"""Whether a loop of a state machine ends: its counter by what is assigned to it, its bound as a number.

A loop ends if every way round it passes a Choice that leaves it once a counter has reached a bound, and a
state that counts towards that bound; or by a deadline that the loop does not move; or, where it reads pages,
when there is no next one. JSONata (`Assign`, `Output`) and JSONPath (`ResultPath`, `Parameters`, `Assign`,
`States.MathAdd`) are read alike.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from weather_policies.readers.asl import Chart, State, integration, objects

NOW = re.compile(
    r"\$millis\(\)|\$now\(\)|\$toMillis\(\s*\$now\(\)\s*\)|\$\$?\.(?:State\.EnteredTime)|\$states\.context\.State\.EnteredTime"
)
_VARIABLE = r"\$\$?(?:states\.(?:input|context)\.)?\.?[A-Za-z_]\w*(?:\.\w+)*"
_NUMBER = r"-?\d+(?:\.\d+)?(?:[eE]\+?\d+)?"
_CALL = rf"\$count\(\s*{_VARIABLE}\s*\)|\$toMillis\(\s*(?:\$now\(\)|{_VARIABLE})\s*\)|\$millis\(\)|\$now\(\)"
_OPERAND = rf"(?:{_CALL}|{_VARIABLE}|{_NUMBER})"
_COMPARISON = re.compile(rf"\(*\s*({_OPERAND})\s*(>=|<=|!=|=|>|<)\s*({_OPERAND})\s*\)*")
_FLIPPED = {">=": "<=", "<=": ">=", ">": "<", "<": ">", "=": "=", "!=": "!="}
_NEGATED = {">=": "<", "<=": ">", ">": "<=", "<": ">=", "=": "!=", "!=": "="}
_MORE = re.compile(
    rf"(?:\$exists\(\s*({_VARIABLE})\s*\)|({_VARIABLE})\s*!=\s*(?:null|''|\"\"))", re.IGNORECASE
)
_PAGE = re.compile(r"(?:token|marker|cursor|lastevaluatedkey|continuation\w*)$", re.IGNORECASE)
_READING = re.compile(
    r"aws-sdk:\w+:(?:list|get|describe|search|scan|query|batchGet)\w*|dynamodb:\w*(?:scan|query)", re.I
)

_UP, _DOWN, _TIME = "up", "down", "time"
_ENDS = {_UP: {">=", ">", "="}, _DOWN: {"<=", "<", "="}, _TIME: {">=", ">"}}
_STAYS = {_UP: {"<", "<=", "!="}, _DOWN: {">", ">=", "!="}, _TIME: {"<", "<="}}


@dataclass(frozen=True)
class _Counter:
    """What changes in a loop: a variable that is counted up or down, or the time."""

    name: str
    direction: str


def is_bounded(chart: Chart, cycle: frozenset[str], most: float) -> bool:
    """Whether every way round `cycle` ends, after at most `most` rounds where it counts."""
    if reads_pages(chart, cycle):
        return True
    assigned = _assigned(chart, cycle)
    for counter in _counters(assigned):
        checks = {name for name in cycle if _leaves(chart, name, cycle, counter, assigned, most)}
        if not chart.is_acyclic(cycle, checks):
            continue
        counting = {name for name in cycle if counter.name in _changes(chart.states[name])}
        if counter.direction == _TIME or chart.is_acyclic(cycle, counting):
            return True
    return False


def reads_pages(chart: Chart, cycle: frozenset[str]) -> bool:
    """Whether a loop reads pages: a call that lists, and a Choice that stays while there is a token."""
    reads = any(_READING.match(integration(chart.states[name])) for name in cycle)
    waits = any(chart.states[name].type == "Wait" for name in cycle)
    choices = {name for name in cycle if chart.states[name].type == "Choice"}
    turning = {name for name in choices if _stays_for_a_page(chart.states[name], cycle)}
    return reads and not waits and chart.is_acyclic(cycle, turning)


def _stays_for_a_page(choice: State, cycle: frozenset[str]) -> bool:
    staying = [block for block in choice.blocks("Choices") if block.get("Next") in cycle]
    if choice.body.get("Default") in cycle:
        leaving = [b for b in choice.blocks("Choices") if b.get("Next") not in cycle]
        return not staying and any(_asks_for_a_page(block, negated=True) for block in leaving)
    return bool(staying) and all(_asks_for_a_page(block) for block in staying)


def _asks_for_a_page(block: Mapping[str, Any], *, negated: bool = False) -> bool:
    condition = block.get("Condition")
    if isinstance(condition, str):
        text = expression(condition)
        found = re.fullmatch(r"\$not\((.*)\)", text) if negated else None
        match = _MORE.fullmatch((found[1] if found else text).strip()) if negated == bool(found) else None
        return match is not None and _PAGE.search(match[1] or match[2] or "") is not None
    present = block.get("IsPresent") is (not negated) or block.get("IsNull") is negated
    return present and _PAGE.search(str(block.get("Variable"))) is not None


def iterates(chart: Chart, cycle: frozenset[str], task: State) -> bool:
    """Whether a task is called with something that the loop changes, and so never twice the same."""
    written = json.dumps(task.body.get("Arguments", task.body.get("Parameters", {})))
    changed = {variable for name in cycle for variable in _changes(chart.states[name])}
    return any(re.search(rf"{re.escape(variable)}(?!\w)", written) for variable in changed)


def expression(text: str) -> str:
    """The inside of `{% ... %}`."""
    return text.strip().removeprefix("{%").removesuffix("%}").strip()


def number_of(value: object) -> float | None:
    """A number, written as one or as a JSONata expression that is nothing else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str) and value.strip().startswith("{%"):
        inner = expression(value)
        return float(inner) if re.fullmatch(_NUMBER, inner) else None
    return None


def starts_itself(state: State, machine_name: str | None) -> bool:
    """Whether a task starts another execution of its own machine."""
    if not re.fullmatch(r"states:startExecution.*|aws-sdk:sfn:start(Sync)?Execution", integration(state)):
        return False
    for key in ("Arguments", "Parameters"):
        block = state.body.get(key)
        given = cast("Mapping[str, Any]", block) if isinstance(block, Mapping) else dict[str, Any]()
        target = str(given.get("StateMachineArn", given.get("StateMachineArn.$", "")))
        if "StateMachine.Id" in target or (machine_name and target.endswith(f":stateMachine:{machine_name}")):
            return True
    return False


def _counters(assigned: Mapping[str, list[str | None]]) -> Iterator[_Counter]:
    """Variables that the loop counts and never sets otherwise; and the time."""
    for name in sorted(assigned):
        steps = [_step(value, name) for value in assigned[name]]
        known = [step for step in steps if step]
        if known and len(known) == len(steps):
            if all(step > 0 for step in known):
                yield _Counter(name, _UP)
            elif all(step < 0 for step in known):
                yield _Counter(name, _DOWN)
    yield _Counter("", _TIME)


def _assigned(chart: Chart, cycle: frozenset[str]) -> dict[str, list[str | None]]:
    """What the states of a loop assign, by variable; a state that overwrites all of its input sets each."""
    found: dict[str, list[str | None]] = {}
    for name in cycle:
        for variable, value in _changes(chart.states[name]).items():
            found.setdefault(variable, []).append(value)
    for name in cycle:
        prefix = _overwrites(chart.states[name])
        for variable, values in found.items():
            if prefix and variable.startswith(prefix) and variable not in _changes(chart.states[name]):
                values.append(None)
    return found


def _step(value: str | None, variable: str) -> float | None:
    """What an expression adds to a variable; None if it does anything else."""
    name, text = re.escape(variable), (value or "").strip()
    forms = (
        (rf"\(?\s*{name}\s*\+\s*(\d+(?:\.\d+)?)\s*\)?", 1.0),
        (rf"\(?\s*(\d+(?:\.\d+)?)\s*\+\s*{name}\s*\)?", 1.0),
        (rf"\(?\s*{name}\s*-\s*(\d+(?:\.\d+)?)\s*\)?", -1.0),
        (rf"States\.MathAdd\(\s*{name}\s*,\s*(-?\d+)\s*\)", 1.0),
        (rf"States\.MathAdd\(\s*(-?\d+)\s*,\s*{name}\s*\)", 1.0),
    )
    for form, sign in forms:
        found = re.fullmatch(form, text)
        if found:
            return sign * float(found[1])
    return None


def _changes(state: State) -> dict[str, str | None]:
    """The variables that a state assigns, each with its expression (None if not a text or number)."""
    found: dict[str, str | None] = {}
    blocks = [state.body, *state.blocks("Choices"), *state.blocks("Catch")]
    for block in blocks:
        for key, value in _object(block.get("Assign")).items():
            found[f"${key.removesuffix('.$')}"] = _written(value)
    if state.language == "JSONata":
        for key, value in _object(state.body.get("Output")).items():
            found[f"$states.input.{key}"] = _written(value)
        return found
    place = state.body.get("ResultPath", "$")
    if state.type == "Pass" and isinstance(place, str):
        for block in ("Parameters", "Result"):
            for key, value in _object(state.body.get(block)).items():
                found[f"{place}.{key.removesuffix('.$')}"] = _written(value)
    elif isinstance(place, str) and place != "$" and state.type in {"Task", "Parallel", "Map"}:
        found[place] = None
    return found


def _overwrites(state: State) -> str:
    """The prefix of the variables that a state's output takes away, empty if it passes its input on."""
    if state.language == "JSONata":
        replaced = "Output" in state.body or state.type in {"Task", "Parallel", "Map"}
        return "$states.input." if replaced else ""
    place = state.body.get("ResultPath", "$")
    produces = (
        state.type in {"Task", "Parallel", "Map"} or "Result" in state.body or "Parameters" in state.body
    )
    if place is None or not produces or not isinstance(place, str):
        return ""
    return "$." if place == "$" else f"{place}."


def _written(value: object) -> str | None:
    if isinstance(value, str):
        return expression(value)
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _object(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _leaves(
    chart: Chart,
    name: str,
    cycle: frozenset[str],
    counter: _Counter,
    assigned: Mapping[str, list[str | None]],
    most: float,
) -> bool:
    """Whether a Choice cannot go on in the loop once the counter has reached its bound.

    Its rules are read in order: what stays in the loop comes after the check, or demands "below the bound".
    """
    choice = chart.states[name]
    if choice.type != "Choice":
        return False

    def tests(term: str, signs: set[str]) -> bool:
        return any(
            operator in signs and _is_bound(chart, bound, counter, assigned, most)
            for operator, bound in _compared(term, counter)
        )

    for block in choice.blocks("Choices"):
        stays = block.get("Next") in cycle
        if not stays and any(tests(term, _ENDS[counter.direction]) for term in _alternatives(block)):
            return True
        if stays and not any(tests(term, _STAYS[counter.direction]) for term in _demands(block)):
            return False
    return choice.body.get("Default") not in cycle


def _compared(term: str, counter: _Counter) -> Iterator[tuple[str, str]]:
    """Operator and bound of a comparison with the counter, whichever side it stands on."""
    found = _COMPARISON.fullmatch(term.strip())
    if not found:
        return
    left, operator, right = found.groups()
    for side, other, sign in ((left, right, operator), (right, left, _FLIPPED[operator])):
        if side == counter.name or (counter.direction == _TIME and NOW.fullmatch(side)):
            yield sign, other


def _is_bound(
    chart: Chart, bound: str, counter: _Counter, assigned: Mapping[str, list[str | None]], most: float
) -> bool:
    """Whether a bound stands still: a number within the limit, or a variable that the loop leaves alone."""
    if re.fullmatch(_NUMBER, bound):
        return counter.direction != _TIME and abs(float(bound)) <= most
    variable = re.sub(r"^\$(?:count|toMillis)\(\s*|\s*\)$", "", bound) if "(" in bound else bound
    if NOW.fullmatch(bound) or variable == counter.name or variable in assigned:
        return False
    written = [_changes(state).get(variable) for state in chart.states.values()]
    numbers = [float(text) for text in written if text and re.fullmatch(_NUMBER, text)]
    return all(number <= most for number in numbers)


def _alternatives(block: Mapping[str, Any]) -> list[str]:
    """The conditions of which one suffices: the parts of an `or`, the members of an Or, or all of it."""
    condition = block.get("Condition")
    if isinstance(condition, str):
        return [part.strip() for part in re.split(r"\bor\b", expression(condition))]
    members = objects(block.get("Or"))
    return [_comparison(member) for member in members or [block]]


def _demands(block: Mapping[str, Any]) -> list[str]:
    """The conditions that must all hold: the parts of an `and`, the members of an And, or all of it."""
    condition = block.get("Condition")
    if isinstance(condition, str):
        text = expression(condition)
        either = re.search(r"\bor\b", text) is not None
        return [] if either else [part.strip() for part in re.split(r"\band\b", text)]
    members = objects(block.get("And"))
    return [_comparison(member) for member in members or [block]]


def _comparison(block: Mapping[str, Any]) -> str:
    """A JSONPath comparison in the form of a JSONata one; empty if it compares neither number nor time."""
    inner = block.get("Not")
    if isinstance(inner, Mapping):
        found = _COMPARISON.fullmatch(_comparison(cast("Mapping[str, Any]", inner)))
        return f"{found[1]} {_NEGATED[found[2]]} {found[3]}" if found else ""
    signs = {
        "GreaterThanEquals": ">=",
        "GreaterThan": ">",
        "LessThanEquals": "<=",
        "LessThan": "<",
        "Equals": "=",
    }
    for kind in ("Numeric", "Timestamp"):
        for operator, sign in signs.items():
            for key in (f"{kind}{operator}", f"{kind}{operator}Path"):
                if key in block:
                    return f"{block.get('Variable')} {sign} {block[key]}"
    return ""
