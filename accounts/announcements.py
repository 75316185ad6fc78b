"""What accounts announces when it changes; see `authorization.freshness`."""

from typing import Final

from authorization.freshness.announcements import NAMES_EVERYTHING, Announcement

OWN_ANNOUNCEMENTS: Final = (
    Announcement(
        "people",
        "accounts_user",
        ("id", "status", "is_staff", "is_superuser"),
        "SELECT DISTINCT 'user:' || id FROM changed",
        on=("UPDATE", "DELETE"),
    ),
    Announcement(
        "sessions",
        "accounts_session",
        (
            "id", "user_id", "revoked_at", "expires_at", "idle_expires_at", "last_country", "last_fingerprint",
            "context_changed_at",
        ),
        "SELECT DISTINCT 'session:' || id FROM changed",
        on=("UPDATE", "DELETE"),
    ),
    Announcement(
        "api_keys", "accounts_apikey", ("id", "user_id", "digest", "scopes", "expires_at", "revoked_at"),
        "SELECT DISTINCT 'api_key:' || id FROM changed",
        on=("UPDATE", "DELETE"),
    ),
    Announcement(
        "signing_keys",
        "accounts_signingkey",
        ("kid", "algorithm", "public_key", "state", "verifies_until"),
        NAMES_EVERYTHING,
        on=("UPDATE", "DELETE"),
    ),
    Announcement(
        "groups", "accounts_user_groups", ("user_id", "group_id"), "SELECT DISTINCT 'user:' || user_id FROM changed"
    ),
)  # fmt: skip
