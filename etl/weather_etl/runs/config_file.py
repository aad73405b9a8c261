"""The run configuration read from where the arguments say it lies."""

from pathlib import Path
from urllib.parse import urlsplit

from weather_etl.lake import LocalStorage, SourceMissingError, open_storage
from weather_etl.settings.arguments import Arguments
from weather_etl.settings.config import RunConfig, parse_config


def load_config(arguments: Arguments) -> RunConfig:
    """Return the run configuration that the arguments name; the default one if they name none.

    Raises:
        SourceMissingError: it is not there.
        ConfigError: it is wrong.
    """
    if arguments.config is None:
        return RunConfig()
    url = arguments.config
    if url.startswith("s3://"):
        parts = urlsplit(url)
        found = open_storage(f"s3://{parts.netloc}").get(parts.path.strip("/"))
    else:
        path = Path(url)
        try:
            found = LocalStorage(str(path.parent)).get(path.name)
        except OSError as error:  # a folder, say
            raise SourceMissingError(
                f"the run configuration {url} cannot be read: {error.strerror}"
            ) from error
    if found is None:
        raise SourceMissingError(f"the run configuration {url} does not exist")
    return parse_config(found.data)
