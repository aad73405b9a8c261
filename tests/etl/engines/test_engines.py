"""Engines schedule, they do not compute: whatever runs the kernels, however they are cut, the bytes agree."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from weather_etl.engines import process_pool, site_groups, spark_engine
from weather_etl.engines import selection as engines
from weather_etl.engines.selection import EngineError, Machines, choose_engine, spark_threshold
from weather_etl.engines.spark_engine import Spark
from weather_etl.engines.spark_session import missing_for_spark
from weather_etl.runs import execution
from weather_etl.site import run_sites
from weather_etl.statistics import aggregate, samples

from tests.etl.lakes_and_runs import NEW_YORK, airport_lake, datasets, transform, write_lake
from weather_cli.demo.messages import FIRST_DAY, LAST_DAY, device_messages, read_observations, with_incidents

ROOT = Path(__file__).parents[3]
UNTIL = "2013-02-24T05:00:00Z"
CLUSTER = Machines(on_cluster=True, workers=10, cores=4)

missing = missing_for_spark()
needs_spark = pytest.mark.skipif(
    missing is not None,
    reason=f"{missing}; make test installs Spark 3.5.6 on Python 3.11, make test-glue6 Spark 4.1",
)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Every kind of message that the tests have: three airports, all payloads, the demo's telemetry."""
    lake = tmp_path_factory.mktemp("corpus") / "lake"
    airport_lake(lake, NEW_YORK, "2013-02-10", "2013-02-24")
    demo = with_incidents(device_messages(read_observations(FIRST_DAY, LAST_DAY), "demo"), "demo")
    write_lake(lake, {message.key.replace("demo/", "demo-"): message.body for message in demo})
    payloads = sorted((ROOT / "tests/fixtures/payloads").rglob("*.json"))
    assert payloads
    write_lake(
        lake,
        {f"payloads/{1361000000000 + n * 1000}.json": path.read_bytes() for n, path in enumerate(payloads)},
    )
    return lake


@pytest.fixture(scope="module")
def embedded(corpus):
    summary = transform(corpus, corpus.parent / "embedded", UNTIL, {"sites": NEW_YORK}, engine="embedded")
    assert summary["accepted"] > 2000
    assert summary["quarantined"] > 0
    return corpus.parent / "embedded"


INTERRUPTED = """
import sys, time
from weather_etl.engines import selection as engines
from weather_etl.engines.process_pool import ProcessPool

print("working", flush=True)
try:
    with ProcessPool() as pool:
        pool.start(1)
        list(engines._shared(time.sleep, [(60,)] * 4, pool))
except KeyboardInterrupt:
    sys.exit(130)
"""


def test_an_interrupt_ends_the_other_processes_at_once_and_without_a_word():
    started = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT / "etl")},
        start_new_session=True,
    )
    assert started.stdout.readline() == "working\n"
    time.sleep(1)  # until the other process is at work too
    os.killpg(started.pid, signal.SIGINT)
    try:
        _, said = started.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        started.kill()
        raise
    assert (started.returncode, said) == (130, "")


def same_as(embedded, target):
    ours, theirs = datasets(embedded), datasets(target)
    assert ours.keys() == theirs.keys()
    assert [key for key in ours if ours[key] != theirs[key]] == []
    quarantine = [next(folder.glob("quarantine/*/*.csv")).read_bytes() for folder in (embedded, target)]
    assert quarantine[0] == quarantine[1]
    assert not (target / "_stage").exists()


@pytest.mark.parametrize(("stretch", "statement"), [(1, 100), (500, 1)])
def test_samples_may_come_to_a_statement_in_any_stretches(
    corpus, embedded, tmp_path, monkeypatch, stretch, statement
):
    """A stretch holds whole hours with their rain, so that none is counted in two statements or in none."""
    monkeypatch.setattr(samples, "_STRETCH", stretch)
    monkeypatch.setattr(aggregate, "_SAMPLES", statement)
    transform(corpus, tmp_path / "out", UNTIL, {"sites": NEW_YORK}, engine="embedded")
    same_as(embedded, tmp_path / "out")


@needs_spark
def test_spark_writes_the_same_bytes_on_the_whole_corpus(corpus, embedded, tmp_path):
    summary = transform(corpus, tmp_path / "out", UNTIL, {"sites": NEW_YORK}, engine="spark")
    assert summary["engine"] == {"name": "spark", "reason": "asked for"}
    same_as(embedded, tmp_path / "out")


@needs_spark
def test_a_site_too_large_for_one_task_is_split_by_ingest_time(corpus, embedded, tmp_path):
    config = {"sites": NEW_YORK, "batch_objects": 150}
    transform(corpus, tmp_path / "out", UNTIL, config, engine="spark")
    same_as(embedded, tmp_path / "out")


def test_processes_and_one_process_write_the_same_bytes(corpus, embedded, tmp_path, monkeypatch):
    monkeypatch.setattr(engines, "PARALLEL_FROM", 1)
    transform(corpus, tmp_path / "out", UNTIL, {"sites": NEW_YORK}, engine="embedded")
    same_as(embedded, tmp_path / "out")


@pytest.fixture
def cut_small(monkeypatch):
    """Sites are cut as if four cores would wait for them; the sites of the stretches come out."""
    cut = []

    def stretches_of(tasks, source, cores):
        stretches = site_groups.stretches_of(tasks, "s3://as-if", 4)
        cut.extend(stretch.site for stretch in stretches)
        return stretches

    monkeypatch.setattr(site_groups, "STRETCH_OBJECTS", 40)
    monkeypatch.setattr(site_groups, "UNEVEN", 0.9)
    monkeypatch.setattr(engines, "PARALLEL_FROM", 1)
    monkeypatch.setattr(engines, "stretches_of", stretches_of)
    monkeypatch.setattr(spark_engine, "stretches_of", stretches_of)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    return cut


@pytest.mark.parametrize("engine", ["embedded", pytest.param("spark", marks=needs_spark)])
def test_large_sites_are_read_in_stretches_with_the_same_bytes(corpus, embedded, tmp_path, cut_small, engine):
    summary = transform(corpus, tmp_path / "out", UNTIL, {"sites": NEW_YORK}, engine=engine)
    same_as(embedded, tmp_path / "out")
    assert {"EWR", "JFK", "LGA"} <= {site for site in cut_small if cut_small.count(site) > 1}
    whole = json.loads(next((embedded / "_runs").glob("*/summary.json")).read_text())
    differ = ("run_id", "engine", "seconds", "cost", "manifest")
    assert {key: summary[key] for key in summary if key not in differ} == {
        key: whole[key] for key in whole if key not in differ
    }


def test_processes_are_kept_from_batch_to_batch(corpus, embedded, tmp_path, monkeypatch):
    started = []

    class Counted(process_pool.Worker):
        def __init__(self):
            super().__init__()
            started.append(self._process)

    monkeypatch.setattr(process_pool, "Worker", Counted)
    monkeypatch.setattr(engines, "PARALLEL_FROM", 1)
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    config = {"sites": NEW_YORK, "batch_objects": 500}
    transform(corpus, tmp_path / "out", UNTIL, config, engine="embedded")
    same_as(embedded, tmp_path / "out")
    assert len(started) == 2
    assert [process.returncode for process in started] == [0, 0]


@needs_spark
@pytest.mark.parametrize("death", ["raises", "process dies"])
def test_a_failed_spark_task_is_tried_again_without_harm(corpus, embedded, tmp_path, monkeypatch, death):
    """The first attempt of two sites fails after it has staged: by an exception, or with its process."""
    failed = tmp_path / "failed"
    failed.mkdir()

    def dies_once(group, settings, readings):
        results = run_sites(group, settings, readings)
        for site in {task.site for task in group} & {"EWR", "demo-LGA"}:
            if not (failed / site).exists():
                (failed / site).touch()
                if death == "process dies":
                    os._exit(9)
                raise RuntimeError(f"injected into {site}")
        return results

    engine = replace(Spark("test"), kernel=dies_once)
    monkeypatch.setattr(execution, "choose_engine", lambda *_, **__: engine)
    summary = transform(corpus, tmp_path / "out", UNTIL, {"sites": NEW_YORK})
    assert sorted(path.name for path in failed.iterdir()) == ["EWR", "demo-LGA"]
    assert summary["status"] == "SUCCEEDED"
    same_as(embedded, tmp_path / "out")


@needs_spark
def test_what_a_dead_run_staged_is_removed(corpus, embedded, tmp_path):
    left = tmp_path / "out" / "_stage" / "dead-run" / "EWR" / "left.csv"
    left.parent.mkdir(parents=True)
    left.write_text("half a file")
    transform(corpus, tmp_path / "out", UNTIL, {"sites": NEW_YORK}, engine="spark")
    same_as(embedded, tmp_path / "out")


@pytest.mark.parametrize(
    ("objects", "more", "machines", "name", "reason"),
    [
        (60_000, False, Machines(False, 0, 2), "embedded", "no cluster: all 2 cores"),
        (60_000, False, Machines(True, 2, 4), "embedded", "1 executors have no more cores than the driver"),
        (60_000, False, CLUSTER, "embedded", f"9 executors (Spark pays from {spark_threshold(9, 4)}"),
        (spark_threshold(9, 4), False, CLUSTER, "spark", "on 9 executors"),
        (200_000, True, CLUSTER, "spark", "more than 200000 objects on 9 executors"),
    ],
)  # fmt: skip
def test_auto_says_what_it_chose_and_why(objects, more, machines, name, reason):
    chosen = choose_engine("auto", objects, more=more, machines=machines)
    assert chosen.name == name
    assert chosen.reason.startswith("auto: ")
    assert reason in chosen.reason


def test_what_is_asked_for_is_what_runs():
    assert choose_engine("embedded", 10**9, more=True, machines=CLUSTER).name == "embedded"
    if missing is None:
        assert choose_engine("spark", 1, more=False, machines=Machines(False, 0, 2)).name == "spark"


def test_spark_that_is_not_there_is_one_sentence(monkeypatch):
    monkeypatch.setattr(engines, "missing_for_spark", lambda: "there is no JVM")
    with pytest.raises(EngineError, match="--engine spark: there is no JVM; or use --engine embedded"):
        choose_engine("spark", 1, more=False, machines=CLUSTER)


def test_no_session_is_started_unless_spark_was_chosen(corpus, embedded):
    """The other tests have started one in this process, so the question goes to a fresh one."""
    code = (
        "import sys; from weather_etl.main import main\n"
        f"status = main(['--source', {str(corpus)!r}, '--target', {str(embedded)!r}, '--until', {UNTIL!r}])\n"
        "assert status == 0 and 'pyspark' not in sys.modules and 'py4j' not in sys.modules\n"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT / "etl")}
    command = [sys.executable, "-c", code]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
