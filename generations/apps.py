"""Django app for generations."""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

from django.apps import AppConfig
from django.utils.module_loading import import_string

from authorization.registry import registry
from generations import topics
from velro.background.topics import Topic, register_topic

SERVICES: Final = "generations.services"
HANDLERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        topics.SUBMIT: f"{SERVICES}.submit.submit_to_fal",
        topics.RECONCILE: f"{SERVICES}.reconcile.reconcile_submission",
        topics.FOLLOW: f"{SERVICES}.follow.follow_job",
        topics.COLLECT: f"{SERVICES}.collect.collect_outputs",
    }
)


class GenerationsConfig(AppConfig):
    """Brings the resource type of the engine and the topics of the outbox."""

    name = "generations"
    verbose_name = "Generations"

    def ready(self) -> None:
        """Register by name: these modules need the models, which load after this one."""
        registry.add_resource_type(import_string("generations.policies.GENERATION_RESOURCE"))
        give_up = import_string(f"{SERVICES}.endings.give_up")
        for topic, handler in HANDLERS.items():
            register_topic(Topic(topic, handle=import_string(handler), give_up=partial(give_up, topic)))
        register_topic(
            Topic(
                topics.CANCEL,
                handle=import_string(f"{SERVICES}.cancel.cancel_surplus_jobs"),
                give_up=import_string(f"{SERVICES}.cancel.give_up_cancelling"),
            )
        )
