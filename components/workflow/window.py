"""The first states of a weekly run: the window it works on, and what is refused as one."""

from components.workflow.parts import State, failure

_DAY = (
    "((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-9]))"
)
_CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?"
_INSTANT = f"/^[0-9]{{4}}-{_DAY}T{_CLOCK}(Z|[+-][0-9]{{2}}:[0-9]{{2}})?$/"
_RUN_ID = "/^[A-Za-z0-9][A-Za-z0-9._:-]*$/"  # as the job's --run_id; names of executions may hold more
_KNOWN = ("scheduledTime", "until", "since", "Comment")  # the last is the console's example
_TOLERANCE_MS = 10 * 60 * 1000  # clocks may differ by as much as the job's listings overlap

_PROBLEMS = f"""(
  $input := $states.input;
  $unknown := $type($input) = 'object' ? $filter($keys($input), function($key) {{
    $not($key in {list(_KNOWN)}) and $not($contains($key, /^AWS_STEP_FUNCTIONS/)) }}) : [];
  $untilFits := $contains($until, {_INSTANT});
  $sinceFits := $since = '' or $contains($since, {_INSTANT});
  $moments := $map([$untilFits ? $until : '1970-01-01T00:00Z', $since != '' and $sinceFits ? $since :
    '1970-01-01T00:00Z'], function($text) {{ (
      $zoned := $contains($text, /(Z|[+-][0-9]{{2}}:[0-9]{{2}})$/) ? $text : $text & 'Z';
      $whole := $contains($zoned, /T[0-9]{{2}}:[0-9]{{2}}(Z|[+-])/)
        ? $substring($zoned, 0, 16) & ':00' & $substring($zoned, 16) : $zoned;
      $offset := $contains($whole, /Z$/) ? '+00:00' : $substring($whole, $length($whole) - 6);
      $minutes := $number($substring($offset, 1, 2)) * 60 + $number($substring($offset, 4, 2));
      $toMillis($substring($whole, 0, 19) & 'Z') - ($contains($offset, /^-/) ? -1 : 1) * $minutes * 60000
    ) }});
  $latest := $toMillis($states.context.Execution.StartTime) + {_TOLERANCE_MS};
  [
    $type($input) = 'object' ? [] : 'the input must be an object such as {{}}',
    $count($unknown) = 0 ? [] : $join($unknown, ', ') & ' is not known; known are {", ".join(_KNOWN)}',
    $untilFits ? [] : 'until must be an ISO 8601 instant and is: ' & $until,
    $sinceFits ? [] : 'since must be an ISO 8601 instant and is: ' & $since,
    $since != '' and $untilFits and $sinceFits and $moments[0] <= $moments[1]
      ? 'since must be before until; they are: ' & $since & ', ' & $until : [],
    $moments[0] > $latest
      ? 'until is in the future, so what arrives before it would never be read: ' & $until : [],
    $contains($runId, {_RUN_ID}) ? []
      : 'the execution must be named by letters, digits and ._:-, beginning with one of the former: ' & $runId
  ]
)"""
"""What is wrong with the input, one text for each problem (JSONata).

The instants' form is checked before they are computed with, since an error in an expression would end the
execution without a record."""


def window_states() -> dict[str, State]:
    """Return the states that fix a run's window and refuse what can never be run."""
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
            "Next": "CheckInput",
        },
        "CheckInput": {
            "Type": "Pass",
            "Comment": "Find every problem of the input before anything is crawled",
            "Assign": {"problems": f"{{% {_PROBLEMS} %}}"},
            "Next": "IsInputValid",
        },
        "IsInputValid": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $count($problems) = 0 %}", "Next": "StartCrawler"}],
            "Default": "InputRejected",
        },
        "InputRejected": failure("Weather.InputRejected", "$join($problems, '; ')", "IsInputValid"),
    }
