"""What generations brings to the engine and to the outbox. Loaded once all models are."""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

from authorization.freshness.announcements import ANNOUNCEMENTS
from authorization.registry import registry
from generations import topics
from generations.actions import RESOURCE
from generations.announcements import OWN_ANNOUNCEMENTS
from generations.decision_route import DECISION_ROUTES
from generations.deleted import DELETED_GENERATION_RESOURCE
from generations.explanations import GENERATION_EXPLAINER
from generations.forwarded_routes import FORWARDED_ROUTES
from generations.materialized_views import GENERATION_PERFORMANCE, TEAM_PATTERNS
from generations.policies import GENERATION_RESOURCE
from generations.policy_source import GENERATION_POLICY
from generations.services.cancel import cancel_surplus_jobs, give_up_cancelling
from generations.services.collect import collect_outputs
from generations.services.endings import give_up
from generations.services.follow import follow_job
from generations.services.reconcile import reconcile_submission
from generations.services.submit import submit_to_fal
from velro.background.topics import Handler, Topic, register_topic
from velro.caching.materialized_views import register_view

STEPS: Final[Mapping[str, Handler]] = MappingProxyType(
    {
        topics.SUBMIT: submit_to_fal,
        topics.RECONCILE: reconcile_submission,
        topics.FOLLOW: follow_job,
        topics.COLLECT: collect_outputs,
    }
)

ANNOUNCEMENTS.extend(OWN_ANNOUNCEMENTS)
registry.add_resource_type(GENERATION_RESOURCE)
registry.add_resource_type(DELETED_GENERATION_RESOURCE)
registry.add_explainer(RESOURCE, GENERATION_EXPLAINER)
registry.add_policy_source(GENERATION_POLICY)
registry.add_forwarded_routes(FORWARDED_ROUTES)
registry.add_decision_routes(DECISION_ROUTES)
for topic, handler in STEPS.items():
    register_topic(Topic(topic, handle=handler, give_up=partial(give_up, topic)))
register_topic(Topic(topics.CANCEL, handle=cancel_surplus_jobs, give_up=give_up_cancelling))
register_view(TEAM_PATTERNS)
register_view(GENERATION_PERFORMANCE)
