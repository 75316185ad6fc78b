"""What accounts brings to the engine and to the outbox. Loaded once all models are."""

from accounts.policies import SessionIdentity
from accounts.services.registration import give_up_welcome, welcome
from accounts.topics import WELCOME
from authorization.registry import registry
from velro.background.topics import Topic, register_topic

registry.set_identity_source(SessionIdentity())
register_topic(Topic(WELCOME, handle=welcome, give_up=give_up_welcome))
