"""What follows when a session turns up on another device, or in another country too soon.

By default it is only recorded: a phone that roams, a VPN that is switched on and a browser that poses as another look
just like a thief, and only those who run Velro know what their people do. SESSION_BINDING=enforce ends the session.
"""

from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import EndReason, Session
from accounts.services.sessions import end_sessions
from accounts.session_context import ContextChange
from velro.audit.models import Outcome
from velro.audit.services import Actor, Subject, record_event


@transaction.atomic
def note_change(session_id: UUID, *, user_id: UUID, change: ContextChange) -> bool:
    """Record the change, once however many requests show it. Returns whether it ended the session.

    The new context is remembered, so that only the next change is recorded again.
    """
    is_enforced: bool = settings.ENVIRONMENT.session_binding == "enforce"
    actor, session = Actor(user_id, session_id), Session.objects.filter(id=session_id)
    if Session.objects.remember_change(session_id, change, at=timezone.now()):
        record_event(
            "session.context_changed",
            outcome=Outcome.DENIED if is_enforced else Outcome.ALLOWED,
            actor=actor,
            subject=Subject("session", session_id),
            reason=change.surprise,
            details={
                "countries": [change.before.country, change.after.country],
                "is_other_device": change.before.fingerprint != change.after.fingerprint,
            },
        )
    if is_enforced:
        end_sessions(session, reason=EndReason.CONTEXT_CHANGED, actor=actor)
    return is_enforced
