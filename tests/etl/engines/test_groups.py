"""How objects are held and sites shared out: even where whole sites spread, cut where they would not."""

import pickle
from collections import Counter

import pytest
from weather_etl.engines.site_groups import STRETCH_OBJECTS, UNEVEN, shares_of, stretches_of
from weather_etl.lake.source import RawObjects
from weather_etl.site import SiteTask


def site(name: str, count: int) -> SiteTask:
    return SiteTask(name, RawObjects([f"{name}/{n}.json" for n in range(count)], range(count)), until_us=0)


def sizes(tasks: list[SiteTask]) -> Counter[str]:
    found: Counter[str] = Counter()
    for task in tasks:
        found[task.site] += len(task.objects)
    return found


@pytest.mark.parametrize(
    ("counts", "cores"),
    [([10_000] * 6, 2), ([10_000] * 2, 2), ([9_000, 10_000, 10_000, 9_500], 4), ([100] * 500, 4)],
)
def test_sites_that_spread_well_are_read_whole(counts, cores):
    tasks = [site(f"s{n}", count) for n, count in enumerate(counts)]
    assert stretches_of(tasks, "s3://lake", cores) == []


@pytest.mark.parametrize(
    ("counts", "cores", "cut"),
    [
        ([60_000], 2, {"s0"}),
        ([10_000] * 3, 2, {"s0", "s1", "s2"}),
        ([10_000] * 3, 4, {"s0", "s1", "s2"}),
        ([80_000, *[500] * 40], 4, {"s0"}),
    ],
)
def test_sites_that_would_keep_cores_waiting_are_cut(counts, cores, cut):
    tasks = [site(f"s{n}", count) for n, count in enumerate(counts)]
    stretches = stretches_of(tasks, "s3://lake", cores)
    assert {stretch.site for stretch in stretches} == cut
    for task in tasks:
        joined = [raw for stretch in stretches if stretch.site == task.site for raw in stretch.objects]
        assert joined == (list(task.objects) if task.site in cut else [])
    assert max(len(stretch.objects) for stretch in stretches) <= UNEVEN * sum(counts) / cores / 3


def test_a_folder_is_read_faster_than_what_it_holds_is_handed_over():
    assert stretches_of([site("s0", 60_000)], "/lake", 2) == []


def test_what_is_too_small_to_be_worth_it_is_not_cut():
    assert stretches_of([site("s0", STRETCH_OBJECTS)], "s3://lake", 8) == []


def test_shares_hold_every_site_once_and_are_no_more_than_needed():
    tasks = [site(f"s{n}", 10_000) for n in range(6)]
    shares = shares_of(tasks, 2)
    assert [len(share) for share in shares] == [3, 3]
    assert sum(map(sizes, shares), Counter()) == sizes(tasks)


def test_a_batch_without_objects_is_shared_out_all_the_same():
    tasks = [site("s0", 0), site("s1", 0)]
    assert stretches_of(tasks, "s3://lake", 2) == []
    assert [task.site for share in shares_of(tasks, 2) for task in share] == ["s0", "s1"]


def test_objects_are_sorted_by_ingest_time_and_key_also_where_times_are_equal():
    given = RawObjects(["s/c", "s/a", "s/d", "s/b"], [20, 20, 10, 30]).sorted()
    assert list(given) == [("s/d", 10), ("s/a", 20), ("s/c", 20), ("s/b", 30)]
    assert list(given[1:3]) == [given[1], given[2]]
    assert list(pickle.loads(pickle.dumps(given))) == list(given)
    assert list(RawObjects().sorted()) == []
