"""The states that crawl the lake: start, wait, look, and what ends the waiting."""

from components.workflow.parts import (
    ANY_ERROR,
    GLUE_TRANSIENT,
    State,
    Targets,
    Timing,
    export,
    failure,
    retrier,
    task,
)

FRESHNESS_TOLERANCE_MS = 5_000
"""How much earlier than our request a crawl may say it began: clocks differ, and times are cut to seconds."""


def crawl_states(targets: Targets, timing: Timing) -> dict[str, State]:
    """Return the states from the start of the crawler to its end."""
    transient = retrier(timing, GLUE_TRANSIENT, seconds=5, attempts=3, rate=2, max_delay=60)
    ready = "$crawl.state = 'READY'"
    fresh = f"$crawl.startedMs >= $requestedMs - {FRESHNESS_TOLERANCE_MS}"
    return {
        "StartCrawler": task(
            targets,
            "aws-sdk:glue:startCrawler",
            {"Name": targets.crawler},
            retry=[
                # A crawl that somebody else began may have listed before our files came: wait for its end,
                # then start our own.
                retrier(
                    timing, ["Glue.CrawlerRunningException"], seconds=60, attempts=15, rate=1, max_delay=61
                ),
                retrier(timing, GLUE_TRANSIENT, seconds=5, attempts=5, rate=2, max_delay=60),
            ],
            catch=export("StartCrawler"),
            assign={"requestedMs": "{% $millis() %}"},
            next_="WaitForCrawler",
        ),
        "WaitForCrawler": {"Type": "Wait", "Seconds": timing.poll_seconds, "Next": "CheckCrawlerStatus"},
        "CheckCrawlerStatus": task(
            targets,
            "aws-sdk:glue:getCrawler",
            {"Name": targets.crawler},
            retry=[transient],
            catch=export("CheckCrawlerStatus"),
            assign={
                "polls": "{% $polls + 1 %}",
                "crawl": "{% $exists($states.result.Crawler.LastCrawl.StartTime) ? "
                "{'state': $states.result.Crawler.State, 'status': $states.result.Crawler.LastCrawl.Status, "
                "'startedMs': $toMillis($states.result.Crawler.LastCrawl.StartTime), "
                "'message': $string($states.result.Crawler.LastCrawl.ErrorMessage)} : "
                "{'state': $states.result.Crawler.State, 'status': 'NONE', 'startedMs': 0} %}",
            },
            next_="IsCrawlerComplete",
        ),
        "IsCrawlerComplete": {
            "Type": "Choice",
            "Comment": "READY alone says nothing: a failed crawl and a stale one are READY too",
            "Choices": [
                {
                    "Condition": f"{{% {ready} and {fresh} and $crawl.status = 'SUCCEEDED' %}}",
                    "Next": "StartGlueJob",
                },
                {
                    "Condition": f"{{% {ready} and {fresh} and $crawl.status in ['FAILED', 'CANCELLED'] %}}",
                    "Next": "CrawlerFailed",
                },
                {"Condition": f"{{% $polls >= {timing.poll_limit} %}}", "Next": "StopCrawler"},
            ],
            "Default": "WaitForCrawler",
        },
        "CrawlerFailed": failure(
            "Weather.CrawlerFailed",
            "'the crawl ended ' & $crawl.status & ': ' & $crawl.message",
            "IsCrawlerComplete",
        ),
        "StopCrawler": task(
            targets,
            "aws-sdk:glue:stopCrawler",
            {"Name": targets.crawler},
            retry=[transient],
            # It may have ended in this moment, and a crawler that does not stop changes nothing for this run.
            catch=[{"ErrorEquals": ANY_ERROR, "Next": "CrawlerTimedOut"}],
            next_="CrawlerTimedOut",
        ),
        "CrawlerTimedOut": failure(
            "Weather.CrawlerTimedOut",
            f"'no fresh crawl after ' & $polls & ' looks, {timing.poll_seconds} s apart; last seen: ' & "
            "$crawl.state & ', last crawl ' & $crawl.status",
            "IsCrawlerComplete",
        ),
    }
