"""Layer 3, identity: from a bearer token to a principal, by whoever registered as identity source."""

from dataclasses import replace

from authorization.deliberation import Admission
from authorization.refusals import recording_disbelief
from authorization.registry import registry


def identify(admission: Admission) -> Admission:
    """Believe a token or raise; a request without one goes on as nobody."""
    if admission.attempt.token is None:
        return admission
    with recording_disbelief(admission.attempt):
        return replace(admission, principal=registry.identity_source.identify(admission.attempt))
