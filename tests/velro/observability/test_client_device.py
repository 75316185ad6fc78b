"""A fingerprint changes with the device, not with its updates."""

import re

import pytest

from velro.observability.client_country import country_of, is_placeless
from velro.observability.client_device import DeviceFamilies, families_of, fingerprint_of

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS {} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.1 Mobile/15E148 Safari/604.1"
)


@pytest.mark.parametrize(
    ("user_agent", "families"),
    [
        (CHROME.format(140), ("Chrome", "Windows", "")),
        (IPHONE.format("17_1"), ("Mobile Safari", "iOS", "iPhone")),
        ("python-httpx/0.28", ("python-httpx", "", "")),
        ("", ("", "", "")),
    ],
)
def test_families_are_read(user_agent: str, families: tuple[str, str, str]) -> None:
    assert families_of(user_agent) == DeviceFamilies(*families)


@pytest.mark.parametrize(
    ("user_agent", "accept_language"),
    [
        (CHROME.format(141), "de-DE,de;q=0.9"),
        (CHROME.format(140), "de"),
        (CHROME.format(140), " DE-at , en"),
    ],
)
def test_an_update_or_a_regional_variant_changes_nothing(user_agent: str, accept_language: str) -> None:
    assert fingerprint_of(user_agent, accept_language) == fingerprint_of(CHROME.format(140), "de-DE,en")


@pytest.mark.parametrize(
    ("user_agent", "accept_language"),
    [
        (IPHONE.format("17_1"), "de"),
        (CHROME.format(140), "en"),
        (CHROME.format(140), ""),
        ("curl/8.5.0", "de"),
        ("", ""),
    ],
)
def test_another_device_or_language_has_another_fingerprint(user_agent: str, accept_language: str) -> None:
    assert fingerprint_of(user_agent, accept_language) != fingerprint_of(CHROME.format(140), "de")


@pytest.mark.parametrize("text", ["\ud800", "é" * 10_000, "\0", "(" * 300, "a\nb"])
def test_hostile_headers_have_a_fingerprint_too(text: str) -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", fingerprint_of(text, text))


@pytest.mark.parametrize(
    ("address", "country"),
    [("8.8.8.8", "US"), ("2001:4860:4860::8888", "US"), ("81.2.69.142", "GB"), ("10.0.0.1", ""), ("x", "")],
)
def test_the_country_of_an_address_is_known_offline(address: str, country: str) -> None:
    assert country_of(address) == country
    assert is_placeless(address) is (country == "")
