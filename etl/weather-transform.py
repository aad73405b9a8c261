"""Glue entry point: arguments in, exit status out.

The exit status is 0 when the job has done its work, whatever the quality verdict says: the workflow reads the
verdict from `_runs/<run_id>/summary.json`.  Any other status means that the job itself failed, which the
workflow retries.  The package `weather_etl` comes beside the script: on Glue through `--extra-py-files`, here
as a zip or a folder on PYTHONPATH.
"""

import os
import sys

# Before numpy is loaded: nothing here is linear algebra, and its threads would spin while they wait for some.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from weather_etl.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
