"""How accounts answer the engine: from a bearer token to a principal."""

from accounts.models import AccountStatus, Session
from accounts.selectors import identity_facts
from accounts.tokens import AccessToken, read_token, read_unverified
from authorization.errors import AccountUnavailable, SessionRevoked, TokenInvalid, Unauthenticated
from authorization.facts import Attempt, Principal


class SessionIdentity:
    """Believes an access token whose key, session and account are all good at this moment: nothing is remembered."""

    def identify(self, attempt: Attempt) -> Principal:
        """Raises Unauthenticated, TokenInvalid, TokenExpired, AccountUnavailable or SessionRevoked."""
        if attempt.token is None:
            raise Unauthenticated
        facts = identity_facts(read_unverified(attempt.token))
        if facts is None:
            raise TokenInvalid
        claims = read_token(attempt.token, kind=AccessToken, key=facts.key)
        if facts.user_id != claims.user_id:
            raise SessionRevoked
        if facts.status is not AccountStatus.ACTIVE:
            raise AccountUnavailable
        if not facts.is_session_live:
            raise SessionRevoked
        if facts.is_last_seen_stale:
            Session.objects.mark_seen(claims.session_id)
        return Principal(claims.user_id, claims.session_id)
