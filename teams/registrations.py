"""What teams brings to the engine and to the outbox. Loaded once all models are."""

from authorization.freshness.announcements import ANNOUNCEMENTS
from authorization.registry import registry
from teams.announcements import OWN_ANNOUNCEMENTS
from teams.materialized_views import AUTHORIZATION_CONTEXT
from teams.policies import PROJECT_RESOURCE, TEAM_RESOURCE
from teams.services.invitations import give_up_invitation, write_invitation
from teams.topics import INVITATION
from velro.background.topics import Topic, register_topic
from velro.caching.materialized_views import register_view

ANNOUNCEMENTS.extend(OWN_ANNOUNCEMENTS)
registry.add_resource_type(TEAM_RESOURCE)
registry.add_resource_type(PROJECT_RESOURCE)
register_topic(Topic(INVITATION, handle=write_invitation, give_up=give_up_invitation))
register_view(AUTHORIZATION_CONTEXT)
