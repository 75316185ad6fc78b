"""How accounts answer the engine: from a bearer token, of a session or an API key, to a principal."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from time import monotonic
from typing import Final
from uuid import UUID

from accounts.api_keys import digest_of, has_mark, is_well_formed
from accounts.models import AccountStatus, ApiKey
from accounts.models.session import LAST_SEEN_RESOLUTION
from accounts.selectors import ApiKeyFacts, IdentityFacts, api_key_facts, identity_facts
from accounts.session_context import ContextChange, SessionContext, surprising_change
from accounts.tokens import AccessToken, Claims, read_token, read_unverified
from authorization.caching.memory import MOST_ENTRIES, Memory, Remembered, Room, may_remember
from authorization.errors import AccountUnavailable, SessionRevoked, TokenExpired, TokenInvalid, Unauthenticated
from authorization.facts import Attempt, Evidence, Principal
from authorization.freshness.listener import CHANGES, LISTENER
from authorization.ports import Recognition
from velro.observability.client_country import country_of
from velro.observability.client_device import fingerprint_of

NoteChange = Callable[..., bool]
NoteUse = Callable[[UUID, SessionContext], None]
TOKEN_BYTES: Final = 2_400
# Each note is written: the last one is old by then, though that was written up to a second later.
SECONDS_BETWEEN_NOTES: Final = LAST_SEEN_RESOLUTION.total_seconds() + 2
ROOM: Final = Room(entries=MOST_ENTRIES, bytes=MOST_ENTRIES * TOKEN_BYTES)
KEY_BYTES: Final = 1_000
KEY_ROOM: Final = Room(entries=1_000, bytes=1_000 * KEY_BYTES)


class RepeatedUse:
    """A session that goes on being used while memory answers for it: that is noted from time to time."""

    __slots__ = ("_due_at", "_note")

    def __init__(self, note: Callable[[], None]) -> None:
        """`note` was done just now."""
        self._note = note
        self._due_at = monotonic() + SECONDS_BETWEEN_NOTES

    def again(self) -> None:
        """It is used now."""
        now = monotonic()
        if now >= self._due_at:
            self._due_at = now + SECONDS_BETWEEN_NOTES
            self._note()


@dataclass(frozen=True)
class Believed:
    """A token that was verified, and the session that it is of."""

    claims: Claims
    facts: IdentityFacts


@dataclass(frozen=True)
class Known(Believed):
    """The same in memory."""

    use: RepeatedUse


class SessionIdentity:
    """Believes an access token whose key, session and account are all good at this moment.

    `note_change` is told of a session that turns up elsewhere, and says whether that ended it; `note_use`, about once a
    minute, of one that is in use.
    """

    def __init__(self, *, note_change: NoteChange, note_use: NoteUse) -> None:
        self._note_change = note_change
        self._note_use = note_use
        self._memory: Memory[bytes, Known] = Memory(CHANGES, LISTENER, room=ROOM, size_of=lambda *_: TOKEN_BYTES)

    def identify(self, attempt: Attempt) -> Principal:
        """Raises Unauthenticated, TokenInvalid, TokenExpired, AccountUnavailable or SessionRevoked."""
        if attempt.token is None:
            raise Unauthenticated
        key, position, may_keep = _key_of(attempt.token), self._memory.position, may_remember()
        known = self._memory.recall(key) if may_keep else None
        believed = known or _examine(attempt.token)
        self._look_at_context(believed.claims, believed.facts, attempt)
        if known is not None:
            known.use.again()
        elif may_keep:
            used = self._known_after_use(believed, attempt)
            self._memory.keep(key, used, evidence=_evidence(used), position=position)
        return _principal_of(believed)

    def _known_after_use(self, believed: Believed, attempt: Attempt) -> Known:
        facts = believed.facts.after_use(context_of(attempt))
        use = RepeatedUse(partial(self._note_use, believed.claims.session_id, facts.context))
        return Known(believed.claims, facts, use)

    def recognise(self, attempt: Attempt) -> Recognition | None:
        """From memory, if the session is where it was."""
        if attempt.token is None or not may_remember():
            return None
        remembered = self._memory.recollect(_key_of(attempt.token))
        if remembered is None or _change_seen(remembered.value.facts, attempt) is not None:
            return None
        return Recognition(_principal_of(remembered.value), partial(self._holds_in_use, remembered))

    def _holds_in_use(self, remembered: Remembered[Known], database_time: float) -> bool:
        is_true = self._memory.holds_at(remembered, database_time)
        if is_true:
            remembered.value.use.again()
        return is_true

    def _look_at_context(self, claims: Claims, facts: IdentityFacts, attempt: Attempt) -> None:
        change = _change_seen(facts, attempt)
        if change is None:
            if facts.is_last_seen_stale:
                self._note_use(claims.session_id, facts.context.after(context_of(attempt)))
        elif not facts.has_just_changed and self._note_change(claims.session_id, user_id=claims.user_id, change=change):
            raise SessionRevoked


def _principal_of(believed: Believed) -> Principal:
    claims = believed.claims
    return Principal(claims.user_id, claims.session_id, is_operator=believed.facts.is_operator)


def _key_of(token: str) -> bytes:
    return sha256(token.encode(errors="surrogatepass")).digest()


def _change_seen(facts: IdentityFacts, attempt: Attempt) -> ContextChange | None:
    return surprising_change(facts.context, context_of(attempt), was_seen_lately=facts.was_seen_lately)


def _examine(token: str) -> Believed:
    facts = identity_facts(read_unverified(token))
    if facts is None:
        raise TokenInvalid
    claims = read_token(token, kind=AccessToken, key=facts.key)
    if facts.user_id != claims.user_id:
        raise SessionRevoked
    if facts.status is not AccountStatus.ACTIVE:
        raise AccountUnavailable
    if not facts.is_session_live:
        raise SessionRevoked
    return Believed(claims, facts)


def _evidence(believed: Believed) -> Evidence:
    """A change of any signing key ends everything."""
    claims, facts = believed.claims, believed.facts
    depends_on = (f"session:{claims.session_id}", f"user:{claims.user_id}")
    return Evidence(depends_on, min(facts.changes_at, claims.expires_at))


class ApiKeyIdentity:
    """Believes an API key that somebody issued and nobody revoked, of an account that is active at this moment."""

    def __init__(self) -> None:
        self._memory: Memory[str, ApiKeyFacts] = Memory(CHANGES, LISTENER, room=KEY_ROOM, size_of=lambda *_: KEY_BYTES)

    def identify(self, attempt: Attempt) -> Principal:
        """Raises Unauthenticated, TokenInvalid, TokenExpired or AccountUnavailable."""
        if attempt.token is None:
            raise Unauthenticated
        digest, position, may_keep = digest_of(attempt.token), self._memory.position, may_remember()
        known = self._memory.recall(digest) if may_keep else None
        facts = known or _examine_key(attempt.token, digest=digest)
        if known is None:
            if facts.is_last_used_stale:
                ApiKey.objects.mark_used(facts.key_id)
            if may_keep:
                self._memory.keep(digest, facts, evidence=_evidence_of_key(facts), position=position)
        return _principal_of_key(facts)

    def recognise(self, attempt: Attempt) -> Recognition | None:
        """From memory."""
        if attempt.token is None or not may_remember():
            return None
        remembered = self._memory.recollect(digest_of(attempt.token))
        if remembered is None:
            return None
        return Recognition(_principal_of_key(remembered.value), partial(self._memory.holds_at, remembered))


def _principal_of_key(facts: ApiKeyFacts) -> Principal:
    return Principal(facts.user_id, facts.key_id, facts.scopes, facts.is_operator)


def _examine_key(secret: str, *, digest: str) -> ApiKeyFacts:
    facts = api_key_facts(digest) if is_well_formed(secret) else None
    if facts is None:
        raise TokenInvalid
    if facts.is_expired:
        raise TokenExpired
    if facts.status is not AccountStatus.ACTIVE:
        raise AccountUnavailable
    return facts


def _evidence_of_key(facts: ApiKeyFacts) -> Evidence:
    return Evidence((f"api_key:{facts.key_id}", f"user:{facts.user_id}"), facts.changes_at)


class BearerIdentity:
    """A bearer token is an API key, which says so in its first letters, or an access token."""

    def __init__(self, *, note_change: NoteChange, note_use: NoteUse) -> None:
        self._of_sessions = SessionIdentity(note_change=note_change, note_use=note_use)
        self._of_keys = ApiKeyIdentity()

    def identify(self, attempt: Attempt) -> Principal:
        """Raises a subclass of Unauthenticated."""
        is_key = attempt.token is not None and has_mark(attempt.token)
        return self._of_keys.identify(attempt) if is_key else self._of_sessions.identify(attempt)

    def recognise(self, attempt: Attempt) -> Recognition | None:
        """From memory."""
        is_key = attempt.token is not None and has_mark(attempt.token)
        return self._of_keys.recognise(attempt) if is_key else self._of_sessions.recognise(attempt)


def context_of(attempt: Attempt) -> SessionContext:
    """Where and on what this request was made."""
    return SessionContext(
        country_of(attempt.client_address), fingerprint_of(attempt.user_agent, attempt.accept_language)
    )
