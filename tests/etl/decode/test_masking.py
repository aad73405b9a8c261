import pytest
from hypothesis import given
from hypothesis import strategies as st
from weather_etl.decode.masking import SECRET_NAMES, excerpt, is_secret, mask

SECRET = "S3cr3tValue"


@pytest.mark.parametrize(
    "text",
    [
        f'{{"PASSKEY": "{SECRET}", "tempf": "70"}}',
        f'{{"PASSWORD":{SECRET}, "x": 1}}',
        f'{{"station_password": "{SECRET}"}}',
        f"ID=MCKEAN&PASSWORD={SECRET}&tempf=70",
        f'{{"PASSWORD": "{SECRET}',
        f'{{"payload": "{{\\"PASSKEY\\": \\"{SECRET}\\"}}"}}',
        f"{{'token': '{SECRET}'}}",
        f'{{"apiKey": "{SECRET}"}}',
        f'{{"api key" : "{SECRET}"}}',
        f'{{"credentials": {{"user": "me", "pw": "{SECRET}"}}}}',
        f'{{"token": ["{SECRET}"]}}',
        f"Authorization: {SECRET}",
    ],
)
def test_secrets_are_masked_in_any_text(text):
    masked = mask(text)
    assert SECRET not in masked
    assert "***" in masked


def test_a_profiles_own_names_are_masked():
    text = f'{{"stationKey": "{SECRET}"}}'
    assert SECRET in mask(text)
    assert SECRET not in mask(text, ["stationKey"])


def test_what_is_no_secret_stays():
    text = '{"compass": "NNE", "temperature": 24.7, "bypass": 1, "key": 3}'
    assert mask(text) == text


@given(
    st.sampled_from(SECRET_NAMES),
    st.text(max_size=700),
    st.sampled_from(['{{"{}":"{}"}}', "{}={}&", "{} : '{}'"]),
)
def test_an_excerpt_never_holds_a_secret(name, noise, form):
    assert SECRET not in excerpt(noise.replace('"', " ") + " " + form.format(name.upper(), SECRET))


def test_an_excerpt_is_short_and_storable():
    shown = excerpt("x" * 10_000 + "\ud800")
    assert len(shown) <= 303
    excerpt("\ud800").encode("utf-8")


def test_secret_names():
    assert is_secret("PASSKEY")
    assert is_secret("station_password")
    assert not is_secret("tempf")


WORDS = ["password", "passwd", "secret", "token", "api_key", "access_key", "private_key", "psk", "jwt", "pwd"]
STYLES = {
    "snake": "_".join,
    "kebab": "-".join,
    "dotted": ".".join,
    "camel": lambda words: words[0] + "".join(map(str.capitalize, words[1:])),
    "pascal": lambda words: "".join(map(str.capitalize, words)),
    "shouted": lambda words: "_".join(words).upper(),
}
PLACES = [
    '{{"{0}":"{1}"}}',
    '{{"{0}" : [1, "{1}"]}}',
    '{{"{0}":{{"a":{{"b":1}},"v":"{1}"}}}}',
    '{{"a":[{{"x":{{"{0}":"{1}"}}}}]}}',
    '{{"name":"{0}","value":"{1}"}}',
    '{{"value":"{1}","key":"{0}"}}',
    '{{"body":"{{\\"{0}\\":\\"{1}\\"}}"}}',
    "https://host/path?a=1&{0}={1}&b=2",
    "{0}={1}",
    "{0}: {1}",
    "<{0}>{1}</{0}>",
    "{{'{0}': '{1}'",
]


@given(
    st.lists(st.sampled_from(["station", "mqtt", "device", "user", "aws", "my"]), max_size=2),
    st.sampled_from(WORDS),
    st.sampled_from(sorted(STYLES)),
    st.sampled_from(PLACES),
    st.sampled_from([SECRET, f"a b{SECRET}", f"x]}}{SECRET}", f"Bearer {SECRET}"]),
)
def test_secrets_are_found_by_any_name_in_any_place(before, word, style, place, secret):
    if " " in secret and "=" in place:
        secret = secret.replace(" ", "+")
    if "]}" in secret and '"' not in place and "'" not in place:
        secret = SECRET
    name = STYLES[style]([*before, *word.split("_")])
    assert SECRET not in excerpt(place.format(name, secret)), name


def test_addresses_and_headers_without_a_name_are_masked():
    for text in (
        f"mqtt://user:{SECRET}@broker/topic",
        f'{{"url":"https://u:{SECRET}@x/y"}}',
        f"curl -H 'Authorization: Basic {SECRET}'",
        f"seen: Bearer {SECRET}",
    ):
        assert SECRET not in excerpt(text)
