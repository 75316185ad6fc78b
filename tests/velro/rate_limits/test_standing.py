"""What the headers promise: what is left, and when there will be more."""

from math import floor

from hypothesis import given
from hypothesis import strategies as st

from velro.rate_limits.limits import RateLimit
from velro.rate_limits.standing import Window, rate_limit_headers, seconds_until_free, standing_of

LENGTH = 60
SIGN_IN = RateLimit("sign_in", 5, LENGTH)


def count_after(window: Window, seconds: float) -> int:
    """Requests that count when so many seconds have passed without another one."""
    if seconds < window.current_left:
        left = max(0.0, window.previous_left - seconds)
        return floor(window.previous * left / LENGTH) + window.current
    return floor(window.current * max(0.0, LENGTH - (seconds - window.current_left)) / LENGTH)


@st.composite
def used_up(draw: st.DrawFn) -> tuple[RateLimit, Window]:
    """A limit and a window that holds all it allows; both periods end at the same moment."""
    quota, left = draw(st.integers(1, 50)), draw(st.floats(0.001, LENGTH))
    previous = draw(st.integers(0, quota))
    return RateLimit("x", quota, LENGTH), Window(previous, left, quota - floor(previous * left / LENGTH), left)


@given(used_up())
def test_after_the_announced_wait_one_more_fits_and_not_long_before(case: tuple[RateLimit, Window]) -> None:
    limit, window = case
    wait = seconds_until_free(limit, window)

    assert count_after(window, wait + 0.001) < limit.quota
    assert wait <= 0.001 or count_after(window, wait - 0.001) >= limit.quota


def test_what_is_left_is_counted_over_both_periods() -> None:
    standing = standing_of(SIGN_IN, Window(4, 30, 1, 30), is_accepted=True)

    assert (standing.remaining, standing.reset) == (2, 30)


def test_whoever_is_refused_has_nothing_left_and_waits_at_least_a_second() -> None:
    standing = standing_of(SIGN_IN, Window(0, 0, 5, 0.2), is_accepted=False)

    assert (standing.remaining, standing.reset) == (0, 1)


def test_the_headers_are_structured_fields_with_an_entry_for_each_limit() -> None:
    standings = [
        standing_of(limit, Window(0, 0, 1, 9.5), is_accepted=True) for limit in (RateLimit("address", 9, 60), SIGN_IN)
    ]

    assert rate_limit_headers(standings) == {
        "RateLimit-Policy": '"address";q=9;w=60, "sign_in";q=5;w=60',
        "RateLimit": '"address";r=8;t=10, "sign_in";r=4;t=10',
    }
    assert rate_limit_headers([]) == {}
