"""What authorization itself announces when it changes, see `authorization.freshness`, and its tiers of the cache."""

from functools import partial

from authorization import engine
from authorization.caching.facts import FACTS_CACHE
from authorization.caching.shared_facts import SHARED_FACTS
from authorization.caching.warm_up import WARMER
from authorization.fast_door.door import FastDoor
from authorization.freshness.announcements import ANNOUNCEMENTS, NAMES_EVERYTHING, Announcement
from authorization.freshness.listener import LISTENER
from authorization.registry import registry
from velro.caching.models import Tier
from velro.caching.tiers import add_tier
from velro.serving import BESIDE_REQUESTS, FRONT_DOORS

ANNOUNCEMENTS.extend(
    (
        Announcement(
            "permissions", "auth_permission", ("id", "codename"), NAMES_EVERYTHING,
            on=("UPDATE", "DELETE"),
        ),
        Announcement(
            "broken_glass", "authorization_breakglassgrant",
            ("id", "user_id", "resource_type", "resource_id", "permissions", "opened_at", "expires_at", "closed_at"),
            "SELECT DISTINCT resource_type || ':' || resource_id FROM changed",
        ),
    )
)  # fmt: skip
add_tier(Tier.L1, FACTS_CACHE.figures)
add_tier(Tier.L2, SHARED_FACTS.figures)
FRONT_DOORS.append(partial(FastDoor, routes=registry.decision_routes))
BESIDE_REQUESTS.extend((LISTENER.start, partial(WARMER.start, engine.preload)))
