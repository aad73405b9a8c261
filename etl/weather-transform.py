"""Glue entry point: arguments in; it returns when the job has done its work, and raises the reason when not.

It returns whatever the quality verdict says: the workflow reads that from `_runs/<run_id>/summary.json`.  An
exception means that the job itself failed, which the workflow retries; its text becomes Glue's error message,
which an exit status would not give.  Nothing is raised on success, not even `SystemExit`: the script runs
inside a driver of Glue's.  The packages `weather_etl` and `weather_report` come beside the script: on Glue
through `--extra-py-files`, here as a zip or a folder on PYTHONPATH.
"""

import os
import sys

# Before numpy is loaded: nothing here is linear algebra, and its threads would spin while they wait for some.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from weather_etl.main import run_job
from weather_report.job import report_beside

if __name__ == "__main__":
    run_job(sys.argv[1:], report_beside)
