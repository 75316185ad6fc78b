"""How limits of endpoints are written in the environment."""

import pytest

from velro.rate_limits.limits import DEFAULTS, Endpoint, RateLimit, endpoint_limits


def test_what_is_not_changed_keeps_its_default() -> None:
    limits = endpoint_limits(("sign_in=3/60",))

    assert limits[Endpoint.SIGN_IN] == RateLimit("sign_in", 3, 60)
    assert limits[Endpoint.REFRESH] == RateLimit("refresh", *DEFAULTS[Endpoint.REFRESH])
    assert set(limits) == set(Endpoint)


@pytest.mark.parametrize(
    "text",
    ["sign_in", "sign_in=3", "sign_in=0/60", "sign_in=3/0", "sign_in=-1/60", "sign-in=3/60", "nowhere=3/60", "=3/60"],
)
def test_what_cannot_be_meant_is_refused_with_the_names(text: str) -> None:
    with pytest.raises(ValueError, match="sign_in, registration"):
        endpoint_limits((text,))
