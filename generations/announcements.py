"""What generations announces when it changes; see `authorization.freshness`."""

from typing import Final

from authorization.freshness.announcements import Announcement

OF_GENERATIONS: Final = "SELECT DISTINCT 'generation:' || generation_id FROM changed"
OF_GRANTS: Final = "SELECT DISTINCT 'generation:' || content_object_id FROM changed"

OWN_ANNOUNCEMENTS: Final = (
    Announcement(
        "generations",
        "generations_generation",
        ("id", "owner_id", "project_id", "archived_at", "quarantined_at", "deleted_at"),
        "SELECT DISTINCT 'generation:' || id FROM changed",
        on=("UPDATE", "DELETE"),
    ),
    Announcement(
        "shares",
        "generations_share",
        ("id", "generation_id", "team_id", "role", "starts_at", "expires_at"),
        OF_GENERATIONS,
    ),
    Announcement(
        "delegations",
        "generations_delegation",
        ("id", "generation_id", "delegator_id", "delegate_id", "permissions", "starts_at", "expires_at"),
        OF_GENERATIONS,
    ),
    Announcement(
        "user_grants", "generations_generationusergrant", ("content_object_id", "user_id", "permission_id"), OF_GRANTS
    ),
    Announcement(
        "group_grants",
        "generations_generationgroupgrant",
        ("content_object_id", "group_id", "permission_id"),
        OF_GRANTS,
    ),
)
