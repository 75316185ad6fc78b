"""What accounts brings to the engine and to the outbox. Loaded once all models are."""

from accounts.announcements import OWN_ANNOUNCEMENTS
from accounts.policies import BearerIdentity
from accounts.services.alarms import give_up_telling_of_broken_glass, tell_of_broken_glass
from accounts.services.registration import give_up_welcome, welcome
from accounts.services.seen_sessions import SEEN_SESSIONS
from accounts.services.session_binding import note_change
from accounts.topics import WELCOME
from authorization.freshness.announcements import ANNOUNCEMENTS
from authorization.registry import registry
from authorization.topics import GLASS_BROKEN
from velro.background.topics import Topic, register_topic
from velro.serving import BESIDE_REQUESTS

ANNOUNCEMENTS.extend(OWN_ANNOUNCEMENTS)
registry.set_identity_source(BearerIdentity(note_change=note_change, note_use=SEEN_SESSIONS.note))
register_topic(Topic(WELCOME, handle=welcome, give_up=give_up_welcome))
register_topic(Topic(GLASS_BROKEN, handle=tell_of_broken_glass, give_up=give_up_telling_of_broken_glass))
BESIDE_REQUESTS.append(SEEN_SESSIONS.writing.start)
