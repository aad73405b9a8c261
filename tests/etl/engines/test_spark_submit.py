"""The script under `spark-submit`, as Glue starts it: the package as a zip, the session already there."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from weather_etl.engines.spark_session import java_home, missing_for_spark

from components.packaging import package_zip
from tests.etl.lakes_and_runs import NEW_YORK, airport_lake, datasets, transform

ROOT = Path(__file__).parents[3]
CODE = package_zip(
    ROOT / "etl" / "weather_etl", ROOT / "etl" / "weather_report", ROOT / "policies" / "aws_prices"
)
UNTIL = "2013-02-24T05:00:00Z"

missing = missing_for_spark()
pytestmark = pytest.mark.skipif(
    missing is not None,
    reason=f"{missing}; make test installs Spark 3.5.6 on Python 3.11, make test-glue6 Spark 4.1",
)


def test_the_script_runs_on_the_session_it_is_given(tmp_path):
    import pyspark

    airport_lake(tmp_path / "lake", NEW_YORK, "2013-02-10", "2013-02-24")
    (tmp_path / "weather_etl.zip").write_bytes(CODE)
    options = {
        "--master": "local[2,4]",
        "--name": "given-session",
        "--py-files": tmp_path / "weather_etl.zip",
        "--conf": "spark.ui.enabled=false",
    }
    arguments = {
        "--source": tmp_path / "lake",
        "--target": tmp_path / "spark",
        "--until": UNTIL,
        "--engine": "spark",
        "--JOB_NAME": "WeatherDataTransformJob-dev",
        "--timezone": "-05:00",
    }
    command = [
        Path(pyspark.__file__).parent / "bin" / "spark-submit",
        *(part for pair in options.items() for part in pair),
        ROOT / "etl" / "weather-transform.py",
        *(part for pair in arguments.items() for part in pair),
    ]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {
        "JAVA_HOME": java_home() or "",
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    ran = subprocess.run(
        list(map(str, command)), env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert ran.returncode == 0, ran.stderr[-4000:]
    summary = json.loads(ran.stdout.splitlines()[-1])
    assert summary["engine"]["name"] == "spark"
    transform(tmp_path / "lake", tmp_path / "embedded", UNTIL, engine="embedded", timezone="-05:00")
    assert datasets(tmp_path / "spark") == datasets(tmp_path / "embedded")
