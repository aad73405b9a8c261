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
