"""How long states can take, from their own limits and retries."""

from components.workflow.parts import CALL_SECONDS, State


def longest_seconds(state: State) -> float:
    """Return the longest time one visit of a state can take.

    A task may use its whole time limit, and again for each retry of an error that ends a task
    (``States.TaskFailed``, ``States.Timeout``); an error that refuses the request costs one API call.
    """
    if state["Type"] == "Wait":
        return state["Seconds"]
    if state["Type"] != "Task":
        return 0
    seconds: float = state["TimeoutSeconds"]
    for retrier in state["Retry"]:
        ends_task = {"States.TaskFailed", "States.Timeout"} & set(retrier["ErrorEquals"])
        again = state["TimeoutSeconds"] if ends_task else CALL_SECONDS
        delay = float(retrier["IntervalSeconds"])
        for _ in range(retrier["MaxAttempts"]):
            seconds += again + min(delay, retrier["MaxDelaySeconds"])
            delay *= retrier["BackoffRate"]
    return seconds
