"""What a crawl reads and what it does with a changed schema."""

from dataclasses import dataclass

from weather_etl.checking import Problem

from components.settings.checks import between, one_of
from components.settings.key import keys_of, setting


@dataclass(frozen=True)
class CrawlerSettings:
    """What a crawl reads and what it does with a changed schema."""

    recrawl: str = setting(
        "string",
        "crawlerRecrawl",
        "What a crawl reads. New folders only misses new fields in the folders of known sites.",
        "CRAWL_EVERYTHING or CRAWL_NEW_FOLDERS_ONLY",
        "Glue API, RecrawlPolicy; event mode needs a queue this stack does not have",
        one_of("CRAWL_EVERYTHING", "CRAWL_NEW_FOLDERS_ONLY"),
        default="CRAWL_EVERYTHING",
    )
    update_behavior: str = setting(
        "string",
        "crawlerUpdateBehavior",
        "What a crawl does with a changed schema.",
        "UPDATE_IN_DATABASE or LOG",
        "Glue API, SchemaChangePolicy",
        one_of("UPDATE_IN_DATABASE", "LOG"),
        default="UPDATE_IN_DATABASE",
    )
    sample_size: int = setting(
        "integer",
        "crawlerSampleSize",
        "Files a crawl opens in each site's folder; which ones Glue takes is not specified.",
        "1 to 249",
        "Glue API, S3Target.SampleSize",
        between(1, 249),
        default=20,
    )

    def conflicts(self) -> list[Problem]:
        """Return the combinations of these settings that Glue refuses (guide, incremental crawls)."""
        if self.recrawl == "CRAWL_NEW_FOLDERS_ONLY" and self.update_behavior != "LOG":
            key = keys_of(type(self))["update_behavior"]
            return [key.problem(f"{self.update_behavior}, and a crawl of new folders only must have LOG")]
        return []
