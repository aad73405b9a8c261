"""The peers, each a program of its own: `python -m benchmarks.peers NAME ...` prints one JSON line.

`seconds` is what the work took after imports and, for Spark, after the session had started, so that a peer's
start-up can be told from its work.  Schemas are given where a peer would otherwise read everything twice.
"""

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path


def bare(folder: str) -> dict:
    """List, read and parse with the standard library and orjson, one thread, nothing else."""
    import orjson

    started = time.perf_counter()
    messages = 0
    for site in os.scandir(folder):
        for entry in os.scandir(site.path):
            with open(entry.path, "rb") as file:  # noqa: PTH123  as fast as it gets
                orjson.loads(file.read())
            messages += 1
    return {"seconds": time.perf_counter() - started, "messages": messages}


def duckdb_hourly(folder: str, out: str) -> dict:
    """`read_json` over all files, mean temperature by site and hour."""
    import duckdb

    started = time.perf_counter()
    columns = "{timestamp: 'TIMESTAMP', location: 'VARCHAR', data: 'STRUCT(temperature DOUBLE)'}"
    rows = duckdb.sql(
        f"""
        select location as site, strftime(date_trunc('hour', "timestamp"), '%Y-%m-%dT%H') as hour,
               count(*) as n, avg(data.temperature) as mean
        from read_json('{folder}/*/*.json', columns = {columns}, format = 'auto')
        group by all
        """
    ).fetchall()
    return _hourly(started, rows, out)


def spark_hourly(folder: str, out: str) -> dict:
    """`spark.read.json` over all files, mean temperature by site and hour, on both cores."""
    from weather_etl.engines import start_session

    session = start_session("peer")
    started = time.perf_counter()
    schema = "timestamp string, location string, data struct<temperature: double>"
    frame = session.read.schema(schema).json(f"{folder}/*/*.json", multiLine=True)
    grouped = frame.selectExpr(
        "location as site", "substring(timestamp, 1, 13) as hour", "data.temperature as temperature"
    )
    rows = grouped.groupBy("site", "hour").agg({"*": "count", "temperature": "avg"}).collect()
    found = [(row["site"], row["hour"], row["count(1)"], row["avg(temperature)"]) for row in rows]
    told = _hourly(started, found, out)
    session.stop()
    return told


def boto3_threads(bucket: str) -> dict:
    """List, then get every object with boto3 from 64 threads."""
    from concurrent.futures import ThreadPoolExecutor

    import boto3
    from botocore.config import Config

    client = boto3.client("s3", config=Config(max_pool_connections=64))
    started = time.perf_counter()
    keys = [
        item["Key"]
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        for item in page.get("Contents", [])
    ]
    with ThreadPoolExecutor(64) as pool:
        size = sum(pool.map(lambda key: len(client.get_object(Bucket=bucket, Key=key)["Body"].read()), keys))
    return {"seconds": time.perf_counter() - started, "messages": len(keys), "bytes": size}


def s3fs_cat(bucket: str) -> dict:
    """List, then get every object with s3fs, asynchronous, in groups of 2,000."""
    import s3fs

    files = s3fs.S3FileSystem(client_kwargs={"endpoint_url": os.environ["AWS_ENDPOINT_URL"]})
    started = time.perf_counter()
    keys = files.find(bucket)
    size = sum(
        len(body) for group in _groups(keys, 2000) for body in files.cat(group, batch_size=96).values()
    )
    return {"seconds": time.perf_counter() - started, "messages": len(keys), "bytes": size}


def obstore_alone(bucket: str) -> dict:
    """List, then get every object with obstore, 96 requests in flight: nothing else is done."""
    import asyncio

    import obstore
    from obstore.store import S3Store

    store = S3Store(
        bucket,
        endpoint=os.environ["AWS_ENDPOINT_URL"],
        region="us-east-1",
        client_options={"allow_http": True},
    )
    started = time.perf_counter()
    keys = [meta["path"] for page in obstore.list(store, chunk_size=1000) for meta in page]

    async def fetch_all() -> int:
        waiting = iter(keys)

        async def worker() -> int:
            size = 0
            for key in waiting:
                response = await obstore.get_async(store, key)
                body = await response.bytes_async()
                size += len(body)
            return size

        return sum(await asyncio.gather(*(worker() for _ in range(96))))

    size = asyncio.run(fetch_all())
    return {"seconds": time.perf_counter() - started, "messages": len(keys), "bytes": size}


def our_fetch(bucket: str) -> dict:
    """List and get every object as the job does, without decoding anything."""
    from weather_etl.lake import LakeSource, Window, open_storage

    storage = open_storage(f"s3://{bucket}")
    source = LakeSource(storage)
    started = time.perf_counter()
    messages = size = 0
    for prefix in source.sites().values():
        found = source.new_objects(prefix, Window(None, 2**62))
        for body in storage.fetch([raw.key for raw in found]):
            assert isinstance(body, bytes), body
            messages, size = messages + 1, size + len(body)
    return {"seconds": time.perf_counter() - started, "messages": messages, "bytes": size}


def _hourly(started: float, rows: list, out: str) -> dict:
    seconds = time.perf_counter() - started
    hours = {f"{site} {hour}": [n, mean] for site, hour, n, mean in rows}
    Path(out).write_text(json.dumps(hours), encoding="utf-8")
    return {"seconds": seconds, "messages": sum(n for n, _ in hours.values())}


def _groups(keys: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(keys), size):
        yield keys[start : start + size]


PEERS: dict[str, Callable[..., dict]] = {
    "bare": bare,
    "duckdb": duckdb_hourly,
    "spark": spark_hourly,
    "boto3": boto3_threads,
    "s3fs": s3fs_cat,
    "obstore": obstore_alone,
    "ours-fetch": our_fetch,
}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("arguments", nargs="*")
    parsed = parser.parse_args()
    print(json.dumps(PEERS[parsed.peer](*parsed.arguments)), flush=True)
    os._exit(
        0
    )  # obstore's threads may still be letting go of the last responses, which an ending Python forbids
