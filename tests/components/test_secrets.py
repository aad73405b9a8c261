"""Which inputs become secrets again."""

import asyncio

import pytest

from components.secrets import Secrets, _texts


@pytest.mark.parametrize(
    ("setting", "found"),
    [
        ("s3cret", ["s3cret"]),
        ("42", ["42"]),
        ('[{"protocol": "https", "endpoint": "https://a:TOKEN@b"}]', ["https://a:TOKEN@b"]),
        ('{"a": {"b": ["long enough", 7, "short", null]}}', ["long enough"]),
        ("{not json", ["{not json"]),
    ],
)
def test_what_is_secret_in_a_setting(setting: str, found: list[str]) -> None:
    assert list(_texts(setting)) == found


def test_an_input_is_hidden_where_it_holds_the_text_and_only_there() -> None:
    async def look() -> None:  # outputs need an event loop
        secrets = Secrets(["TOKEN4711", "42"])
        kept = {"a": "nothing", "b": ["TOKEN47110", 420, True], "c": {"d": None}}
        assert secrets.hidden(kept) == kept
        hidden = secrets.hidden({"a": "x TOKEN4711!", "b": [42, 1], "c": "plain"})
        assert (hidden["c"], hidden["b"][1]) == ("plain", 1)
        for output, plain in ((hidden["a"], "x TOKEN4711!"), (hidden["b"][0], 42)):
            assert await output.is_secret()
            assert await output.future() == plain

    asyncio.run(look())


def test_without_secrets_nothing_is_touched() -> None:
    assert Secrets([]).pattern is None
    value = {"a": ["b"]}
    assert Secrets([]).hidden(value) is value
