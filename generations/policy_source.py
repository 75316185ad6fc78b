"""How others may ask about generations: the engine's own decisions, for those who are entitled to know them.

An operator may ask about everybody. Anybody else may ask about themself, and about generations that they may share.
What a request says of a person or a generation decides nothing; what is stored does.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from authorization import engine
from authorization.actions import Action
from authorization.facts import Asking, Principal
from authorization.layers.input import parse_resource_id
from authorization.ports import Entity, Inquiry, Verdict
from generations import actions
from generations.policies import GENERATION_RESOURCE

PERSON: Final = "user"
ACTIONS: Final = {action.verb: action for action in actions.BY_PERMISSION.values()}
UNKNOWN: Final = Verdict(is_allowed=False, reason="unknown_to_policy")
NOT_ENTITLED: Final = Verdict(is_allowed=False, reason="asker_not_entitled")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that can have an answer."""

    user_id: UUID
    action: Action
    generation_id: UUID


class GenerationPolicy:
    """Subjects are people by their id, actions the four permissions."""

    name = actions.RESOURCE

    def evaluate(self, inquiries: Sequence[Inquiry]) -> Sequence[Verdict]:
        """One look-up for everything that one caller asks."""
        verdicts: dict[tuple[Principal, Asked], Verdict] = {}
        questions = [(inquiry.asked_by, _asked(inquiry)) for inquiry in inquiries]
        by_asker = defaultdict(set)
        for asked_by, asked in questions:
            if asked is not None:
                by_asker[asked_by].add(asked)
        for asked_by, asked_questions in by_asker.items():
            verdicts |= {(asked_by, asked): verdict for asked, verdict in _decide(asked_questions, asked_by=asked_by)}
        return [UNKNOWN if asked is None else verdicts[asked_by, asked] for asked_by, asked in questions]

    def find_subjects(self, inquiry: Inquiry, *, after: str, limit: int) -> Sequence[str]:
        """Whoever is not entitled to know of others finds themself at most."""
        generation_id, action = _uuid_of(inquiry.resource), ACTIONS.get(inquiry.action)
        if inquiry.subject.type != PERSON or generation_id is None or action is None:
            return []
        found = GENERATION_RESOURCE.holders_of(action, generation_id)
        if not inquiry.asked_by.is_operator and not _shareable([generation_id], by=inquiry.asked_by):
            found = found.filter(id=inquiry.asked_by.user_id)
        return _page_of(found, after=after, limit=limit)

    def find_resources(self, inquiry: Inquiry, *, after: str, limit: int) -> Sequence[str]:
        """Of other people's, whoever is not an operator finds what they may share themself."""
        user_id, action = _person_of(inquiry.subject), ACTIONS.get(inquiry.action)
        if user_id is None or action is None:
            return []
        found = GENERATION_RESOURCE.visible_to(user_id, action)
        if user_id != inquiry.asked_by.user_id and not inquiry.asked_by.is_operator:
            found = found.filter(id__in=GENERATION_RESOURCE.visible_to(inquiry.asked_by.user_id, actions.SHARE))
        return _page_of(found, after=after, limit=limit)

    def find_actions(self, inquiry: Inquiry) -> Sequence[str]:
        """What the engine would allow; nothing to who is not entitled to know."""
        user_id, generation_id = _person_of(inquiry.subject), _uuid_of(inquiry.resource)
        if user_id is None or generation_id is None:
            return []
        asked = Asked(user_id, actions.READ, generation_id)
        if asked not in _entitled([asked], asked_by=inquiry.asked_by):
            return []
        decision = engine.decide_for(user_id, actions.READ, [generation_id], asked_by=inquiry.asked_by)[generation_id]
        return [permission.value for permission in decision.permissions]


def _decide(questions: Collection[Asked], *, asked_by: Principal) -> Iterable[tuple[Asked, Verdict]]:
    entitled = _entitled(questions, asked_by=asked_by)
    groups = defaultdict(list)
    for asked in questions:
        if asked in entitled:
            groups[asked.user_id, asked.action].append(asked.generation_id)
        else:
            yield asked, NOT_ENTITLED
    if not groups:
        return
    askings = [Asking(user_id, action, ids, asked_by) for (user_id, action), ids in groups.items()]
    in_order = [Asked(it.user_id, it.action, generation_id) for it in askings for generation_id in it.resource_ids]
    for asked, decision in zip(in_order, engine.decide_each(askings), strict=True):
        yield asked, Verdict(decision.is_allowed, decision.reason, is_recorded=True)


def _entitled(questions: Collection[Asked], *, asked_by: Principal) -> set[Asked]:
    """Those to which the asker may have the answer. One statement at most."""
    own = {asked for asked in questions if asked.user_id == asked_by.user_id}
    others = set(questions) - own
    if not others or asked_by.is_operator:
        return own | others
    shareable = _shareable([asked.generation_id for asked in others], by=asked_by)
    return own | {asked for asked in others if asked.generation_id in shareable}


def _shareable(generation_ids: Sequence[UUID], *, by: Principal) -> set[UUID]:
    found = GENERATION_RESOURCE.visible_to(by.user_id, actions.SHARE).filter(id__in=generation_ids)
    return set(found.values_list("id", flat=True))


def _asked(inquiry: Inquiry) -> Asked | None:
    user_id, generation_id = _person_of(inquiry.subject), _uuid_of(inquiry.resource)
    action = ACTIONS.get(inquiry.action)
    if user_id is None or generation_id is None or action is None:
        return None
    return Asked(user_id, action, generation_id)


def _person_of(subject: Entity) -> UUID | None:
    return _uuid_of(subject) if subject.type == PERSON else None


def _uuid_of(entity: Entity) -> UUID | None:
    try:
        return parse_resource_id(entity.id)
    except ValueError:
        return None


def _page_of(found: QuerySet[Any], *, after: str, limit: int) -> Sequence[str]:
    """Ids as text sort as PostgreSQL sorts them."""
    rest = found.filter(id__gt=UUID(after)) if after else found
    return [str(found_id) for found_id in rest.order_by("id").values_list("id", flat=True)[:limit]]


GENERATION_POLICY = GenerationPolicy()
