"""The two kinds of targets, and what is found in them: files, catalogue, state, documents."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from weather_etl.datasets.tables import tables

from benchmarks.soak.server import Rule

_ROOT: Final = Path(__file__).parents[2]
DATABASE: Final = "weather"
COUNTS: Final = ("messages", "accepted", "duplicates", "merged", "ignored", "quarantined")
_STATE: Final = ("_state/watermark.json", "_state/publication.json", "_state/sensors.json")
_FINE: Final = re.compile(
    r"quarantine/run=[^/]+/rejects\.csv$|_runs/[^/]+/(summary|manifest|configuration)\.json$|_state/(watermark|publication|decisions|sensors)\.json$|_state/\.lock$"
)
"""What lies in a target besides datasets and quarantine, and may stay: `sensors` is a note for the next run."""


@dataclass
class Evidence:
    """What a target holds.

    Attributes:
        files: datasets by key, with the MD5 of their bytes.
        rejects: by run, what was put into quarantine.
        leftovers: what should not be there: stages, leases, temporary files.
        sites: of the watermark.
        unfinished: what the publication says is left to do.
        runs: by run id, the counts of the summary.
        registered: partitions in the catalogue as folders; None where there is no catalogue.
    """

    files: dict[str, str] = field(default_factory=dict)
    rejects: dict[str, str] = field(default_factory=dict)
    leftovers: list[str] = field(default_factory=list)
    sites: dict[str, Any] = field(default_factory=dict)
    unfinished: list[Any] = field(default_factory=list)
    runs: dict[str, tuple[int, ...]] = field(default_factory=dict)
    registered: set[str] | None = None

    def differences(self, undisturbed: "Evidence", *, counts: bool) -> list[str]:
        """Return how this differs from what an undisturbed run leaves behind.

        Args:
            undisturbed: that.
            counts: compare what each run counted and put into quarantine as well, not only all together.
        """
        found = [
            f"{key} is {'missing' if key not in self.files else 'superfluous' if key not in undisturbed.files else 'different'}"
            for key in sorted(self.files.keys() | undisturbed.files.keys())
            if self.files.get(key) != undisturbed.files.get(key)
        ]
        found += [f"{key} was left" for key in self.leftovers]
        found += [f"{one} is unfinished" for one in self.unfinished]
        if self.sites != undisturbed.sites:
            found.append(f"the watermark says {self.sites} instead of {undisturbed.sites}")
        if (self.rejects if counts else _lines(self.rejects)) != (
            undisturbed.rejects if counts else _lines(undisturbed.rejects)
        ):
            found.append("the quarantine is different")
        if counts and self.runs != undisturbed.runs:
            found.append(f"the summaries count {self.runs} instead of {undisturbed.runs}")
        if self.registered is not None:
            there = {key.rpartition("/")[0] for key in self.files if key.split("/", 1)[0] in tables()}
            found += [f"{one} is not in the catalogue" for one in sorted(there - self.registered)]
            found += [f"{one} is in the catalogue without files" for one in sorted(self.registered - there)]
        return found


class Place(Protocol):
    """A target."""

    name: str

    def fresh(self) -> str:
        """Make an empty target; return its address."""
        ...

    def evidence(self) -> Evidence:
        """Look at everything in it."""
        ...

    def end_lease(self) -> None:
        """Let the lease of a run that died expire."""
        ...

    def summary(self, run_id: str) -> bytes:
        """Return the summary of a run."""
        ...


class Folder:
    """A target in a folder."""

    name = "folder"

    def __init__(self, home: Path) -> None:
        self._root = home / "target"

    def fresh(self) -> str:
        """See `Place.fresh`."""
        shutil.rmtree(self._root, ignore_errors=True)
        return str(self._root)

    def evidence(self) -> Evidence:
        """See `Place.evidence`."""
        objects = {
            str(path.relative_to(self._root)): path.read_bytes()
            for path in self._root.rglob("*")
            if path.is_file()
        }
        return _evidence(
            {key: hashlib.md5(data).hexdigest() for key, data in objects.items()}, objects.__getitem__
        )

    def end_lease(self) -> None:
        """See `Place.end_lease`: the system has freed the lock."""

    def summary(self, run_id: str) -> bytes:
        """See `Place.summary`."""
        return (self._root / f"_runs/{run_id}/summary.json").read_bytes()


class Bucket:
    """A target in S3 with a catalogue."""

    name = "S3"

    def __init__(self, server: "Server") -> None:
        self._server = server

    def fresh(self) -> str:
        """See `Place.fresh`."""
        self._server.reset()
        s3, glue = self._server.client("s3"), self._server.client("glue")
        s3.create_bucket(Bucket="out")
        glue.create_database(DatabaseInput={"Name": DATABASE})
        for name, table in tables().items():
            glue.create_table(
                DatabaseName=DATABASE,
                TableInput={
                    "Name": name,
                    "PartitionKeys": [{"Name": key, "Type": "string"} for key in table.partitions],
                    "StorageDescriptor": {
                        "Columns": [{"Name": "value", "Type": "string"}],
                        "Location": f"s3://out/p/{name}/",
                    },
                },
            )
        return "s3://out/p"

    def evidence(self) -> Evidence:
        """See `Place.evidence`."""
        s3 = self._server.client("s3")
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket="out", Prefix="p/")
        sums = {
            item["Key"][2:]: item["ETag"].strip('"') for page in pages for item in page.get("Contents", [])
        }
        found = _evidence(sums, lambda key: s3.get_object(Bucket="out", Key=f"p/{key}")["Body"].read())
        found.registered = set()
        for name in tables():
            pages = (
                self._server.client("glue")
                .get_paginator("get_partitions")
                .paginate(DatabaseName=DATABASE, TableName=name)
            )
            places = [one["StorageDescriptor"]["Location"] for page in pages for one in page["Partitions"]]
            found.registered |= {place.removeprefix("s3://out/p/").rstrip("/") for place in places}
        return found

    def end_lease(self) -> None:
        """See `Place.end_lease`."""
        self._server.client("s3").delete_object(Bucket="out", Key="p/_state/lease.json")

    def summary(self, run_id: str) -> bytes:
        """See `Place.summary`."""
        s3 = self._server.client("s3")
        return s3.get_object(Bucket="out", Key=f"p/_runs/{run_id}/summary.json")["Body"].read()


def _evidence(sums: Mapping[str, str], read: Any) -> Evidence:
    """Return what a target holds, its objects given by MD5 and a function that reads one."""
    files = {
        key: value for key, value in sums.items() if not re.match(r"_|quarantine/", key) and "/." not in key
    }
    found = Evidence(files)
    found.leftovers = sorted(key for key in sums if key not in files and not _FINE.match(key))
    state = {key: json.loads(read(key)) for key in _STATE if key in sums}
    found.sites = state.get("_state/watermark.json", {}).get("sites", {})
    found.unfinished = state.get("_state/publication.json", {}).get("unfinished", [])
    for key in sums:
        if matched := re.fullmatch(r"quarantine/run=([^/]+)/rejects\.csv", key):
            found.rejects[matched[1]] = read(key).decode()
        if matched := re.fullmatch(r"_runs/([^/]+)/summary\.json", key):
            written = json.loads(read(key))
            found.runs[matched[1]] = tuple(written[name] for name in COUNTS)
    return found


def _lines(rejects: Mapping[str, str]) -> set[str]:
    """Return what is in quarantine, whichever runs put it there."""
    return {line for text in rejects.values() for line in text.splitlines()}


class Server:
    """The server that stands for S3 and Glue, as a process of its own."""

    def __init__(self, port: int) -> None:
        self._address = f"http://127.0.0.1:{port}"
        self._clients: dict[str, Any] = {}
        self.environment = {
            "AWS_ENDPOINT_URL": self._address,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "NO_PROXY": "127.0.0.1",
        }

    def client(self, service: str) -> Any:
        """Return a client of a service."""
        import boto3

        if service not in self._clients:
            self._clients[service] = boto3.client(
                service,
                endpoint_url=self._address,
                region_name="us-east-1",
                aws_access_key_id="key",
                aws_secret_access_key="secret",
            )
        return self._clients[service]

    def reset(self) -> None:
        """Forget everything."""
        self.rule(None)
        self._ask("/moto-api/reset", b"")

    def rule(self, rule: Rule | None) -> None:
        """Set which requests fail from now on."""
        self._ask("/_rule", json.dumps(vars(rule) if rule else None).encode())

    def told(self) -> dict[str, Any]:
        """Return how often the rule was applied (`given`), and which huge objects were asked for (`asked`)."""
        return json.loads(self._ask("/_given"))

    def upload(self, lake: Path) -> str:
        """Put a lake into a bucket; return its address."""
        s3 = self.client("s3")
        s3.create_bucket(Bucket="lake")
        for path in sorted(lake.rglob("*.json")):
            s3.put_object(Bucket="lake", Key=f"raw/{path.relative_to(lake)}", Body=path.read_bytes())
        return "s3://lake/raw"

    def _ask(self, path: str, data: bytes | None = None) -> bytes:
        with urllib.request.urlopen(f"{self._address}{path}", data, 30) as answer:
            return answer.read()


@contextmanager
def serve() -> Iterator[Server]:
    """Start the server; its `environment` leads AWS clients to it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.soak.server"], cwd=_ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield Server(int(process.stdout.readline()))
    finally:
        process.terminate()
        process.wait(10)
