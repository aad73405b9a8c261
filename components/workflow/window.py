"""The first states of a weekly run: the window it works on, and what is refused as one."""

from components.workflow.parts import State, failure

_ISO_START = "/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}/"


def window_states() -> dict[str, State]:
    """Return the states that fix a run's window."""
    return {
        "Prepare": {
            "Type": "Pass",
            "Comment": "Fix the window: a repeated or late execution works on the same one",
            "Assign": {
                "runId": "{% $states.context.Execution.Name %}",
                "until": "{% $exists($states.input.scheduledTime) ? $string($states.input.scheduledTime) : "
                "$exists($states.input.until) ? $string($states.input.until) : "
                "$states.context.Execution.StartTime %}",
                "since": "{% $exists($states.input.since) ? $string($states.input.since) : '' %}",
                "polls": 0,
            },
            "Next": "IsInputValid",
        },
        "IsInputValid": {
            "Type": "Choice",
            "Choices": [
                {
                    "Condition": f"{{% $contains($until, {_ISO_START}) and "
                    f"($since = '' or $contains($since, {_ISO_START})) %}}",
                    "Next": "StartCrawler",
                }
            ],
            "Default": "InputRejected",
        },
        "InputRejected": failure(
            "Weather.InputRejected",
            "'since and until must be ISO 8601 instants, and are: ' & $since & ', ' & $until",
            "IsInputValid",
        ),
    }
