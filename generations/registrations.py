"""What generations brings to the engine and to the outbox. Loaded once all models are."""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

from authorization.registry import registry
from generations import topics
from generations.policies import GENERATION_RESOURCE
from generations.services.cancel import cancel_surplus_jobs, give_up_cancelling
from generations.services.collect import collect_outputs
from generations.services.endings import give_up
from generations.services.follow import follow_job
from generations.services.reconcile import reconcile_submission
from generations.services.submit import submit_to_fal
from velro.background.topics import Handler, Topic, register_topic

STEPS: Final[Mapping[str, Handler]] = MappingProxyType(
    {
        topics.SUBMIT: submit_to_fal,
        topics.RECONCILE: reconcile_submission,
        topics.FOLLOW: follow_job,
        topics.COLLECT: collect_outputs,
    }
)

registry.add_resource_type(GENERATION_RESOURCE)
for topic, handler in STEPS.items():
    register_topic(Topic(topic, handle=handler, give_up=partial(give_up, topic)))
register_topic(Topic(topics.CANCEL, handle=cancel_surplus_jobs, give_up=give_up_cancelling))
