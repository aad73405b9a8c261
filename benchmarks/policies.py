"""(h) The policy pack over one stack and over two thousand resources, with our loops and with the SDK's."""

import sys
from pathlib import Path

from benchmarks.measure import ROOT, run
from benchmarks.report import Section, goal

SMALL, LARGE, QUICK = 88, 2000, 400
PROGRAM = """
import json, time
from weather_policies import pack
from weather_policies.kit import servicer
from tests.policies.engine import InProcess, run
from tests.policies.whole import copies
if {sdk}:
    servicer.uninstall()
engine, stack = InProcess(pack.POLICIES), copies({count})
wall, cpu = time.perf_counter(), time.process_time()
found = run(engine, stack)
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
print(json.dumps({{"wall": wall, "cpu": cpu, "rules": len(pack.POLICIES), "findings": len(found)}}))
"""


def measure(folder: Path, *, quick: bool) -> Section:
    """Measure the pack in processes of its own, its time apart from the program's."""
    del folder
    large = QUICK if quick else LARGE
    section = Section(
        "(h) The policy pack",
        "Every rule over the inputs of each resource and over the finished stack, as the Pulumi engine sends them; "
        "the resources are copies of the real program's under other names. Both loops say the same "
        "(tests/policies/test_servicer.py).",
        ["resources", "loops", "rules", "findings", "wall s", "CPU s"],
    )
    seconds: dict[tuple[int, bool], float] = {}
    for count in (SMALL, large):
        for sdk in (False, True):
            found = _run(count, sdk=sdk, times=1 if quick or sdk else 3)
            seconds[count, sdk] = found["cpu"]
            loops = "the SDK's" if sdk else "ours"
            section.rows.append(
                [count, loops, found["rules"], found["findings"], found["wall"], found["cpu"]]
            )
    section.goals.append(goal(f"CPU seconds for {large} resources", seconds[large, False], 2, at_least=False))
    section.goals.append(
        goal(
            "times faster than the SDK's loops",
            seconds[large, True] / seconds[large, False],
            5,
            at_least=True,
        )
    )
    return section


def _run(count: int, *, sdk: bool, times: int) -> dict:
    paths = {"PYTHONPATH": f"{ROOT}:{ROOT / 'etl'}:{ROOT / 'policies'}"}
    program = [sys.executable, "-c", PROGRAM.format(count=count, sdk=sdk)]
    told = [run(program, paths).told for _ in range(times)]
    return sorted(told, key=lambda one: one["cpu"])[times // 2]
