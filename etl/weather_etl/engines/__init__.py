"""Where kernels run: in this machine's processes, or as tasks of a Spark cluster.

`choose_engine` says which and why; an `Engine` then schedules the tasks of a batch.  Neither Spark nor its
JVM is touched before the first task of the Spark engine.
"""

from weather_etl.engines.process_pool import ProcessPool
from weather_etl.engines.selection import (
    OBJECT_CORE_S,
    Engine,
    EngineError,
    Machines,
    choose_engine,
    start_early,
    useful_cores,
)

__all__ = [
    "OBJECT_CORE_S",
    "Engine",
    "EngineError",
    "Machines",
    "ProcessPool",
    "choose_engine",
    "start_early",
    "useful_cores",
]
