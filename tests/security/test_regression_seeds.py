"""What went wrong in other engines of authorization, tried here. Each class names the fault it is grown from."""

from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from accounts.models import User
from authorization import engine
from authorization.authzen.paging import read_page
from authorization.facts import Principal
from authorization.ports import Entity, Inquiry
from authorization.roles import Permission, Role
from generations import actions
from generations.models import Generation
from generations.policies import GENERATION_RESOURCE
from generations.policy_source import GENERATION_POLICY
from tests.generations.conftest import Person, signed_in
from tests.generations.places import delegated, held, new_project, new_team, shared
from tests.generations.test_read_and_delete import make
from tests.support.factories import user_factory
from tests.support.trail import trail
from velro.rate_limits.limiter import limiter
from velro.rate_limits.limits import Charge, RateLimit

pytestmark = pytest.mark.django_db

VERBS: Final = [str(permission) for permission in Permission]
# Text in which everything stands that a key might be joined by.
JOINED: Final = st.text(alphabet='ab:/|,#@*\\"[]{} \x00', max_size=6)
RANDOM: Final = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def owner(db: None) -> Person:  # noqa: ARG001 - asked for its effect
    return signed_in(user_factory())


def inquiry(asker: Principal, person: UUID, verb: str, generation: UUID) -> Inquiry:
    return Inquiry(Entity("user", str(person)), verb, Entity("generation", str(generation)), asked_by=asker)


class TestBatches:
    """OpenFGA CVE-2026-34972: checks of one tuple in a batch were merged though their contexts differed."""

    def crowd(self, owner: Person) -> tuple[list[UUID], list[UUID]]:
        reader, writer = user_factory(), user_factory()
        team = new_team(viewer=reader, member=writer, admin=owner.user)
        in_project, lent = make(owner, project=new_project(team)), make(owner)
        delegated(lent, Permission.READ, Permission.DELETE, by=owner.user, to=reader)
        shared(lent, team, role=Role.MEMBER)
        people = [owner.user.id, reader.id, writer.id, user_factory().id]
        return people, [in_project.id, lent.id, uuid4()]

    def test_every_question_of_a_batch_has_the_answer_that_it_has_alone(self, owner: Person) -> None:
        """The same id for all people and actions at once, every question twice, in an order that mixes them."""
        people, made = self.crowd(owner)
        asker = Principal(user_factory().id, uuid4(), is_operator=True)
        questions = [inquiry(asker, who, verb, what) for verb in VERBS for what in made for who in people] * 2
        questions.sort(key=lambda it: (it.resource.id[-1], it.action[-1], it.subject.id[-1]))

        together = [verdict.is_allowed for verdict in GENERATION_POLICY.evaluate(questions)]

        assert together == [GENERATION_POLICY.evaluate([question])[0].is_allowed for question in questions]
        assert {True, False} == set(together)

    def test_who_asks_is_a_part_of_the_question(self, owner: Person) -> None:
        """The same words from somebody who may not know have another answer, also in one batch."""
        generation, curious = make(owner), Principal(user_factory().id, uuid4())
        entitled = inquiry(owner.principal, owner.user.id, "read", generation.id)
        nosy = inquiry(curious, owner.user.id, "read", generation.id)

        for order in ([entitled, nosy], [nosy, entitled]):
            verdicts = GENERATION_POLICY.evaluate(order)
            assert [verdict.is_allowed for verdict in verdicts] == [it is entitled for it in order]

    def test_actions_of_one_id_are_decided_apart(self, owner: Person) -> None:
        people, made = self.crowd(owner)
        reader = Principal(people[1], uuid4())
        decided = {verb: engine.decide_many(reader, actions.BY_PERMISSION[Permission(verb)], made) for verb in VERBS}

        allowed = {verb: {it for it in made if decided[verb][it].is_allowed} for verb in VERBS}
        assert allowed == {"read": {made[0], made[1]}, "write": set(), "share": set(), "delete": {made[1]}}


class TestKeys:
    """OpenFGA CVE-2026-33729 and SpiceDB GHSA-4vrg-r928-h5vv: two questions had one key, or a part was not in it."""

    @RANDOM
    @given(first=st.tuples(JOINED, JOINED, JOINED), second=st.tuples(JOINED, JOINED, JOINED))
    def test_no_two_searches_have_one_token(self, first: tuple[str, str, str], second: tuple[str, str, str]) -> None:
        """However types, ids and names could run into each other."""
        asker = Principal(UUID(int=1), uuid4())
        bindings = [
            read_page(
                "resource", {"subject": {"type": kind, "id": name}, "action": verb}, page={}, asked_by=asker
            ).binding
            for kind, name, verb in (first, second)
        ]

        assert (bindings[0] == bindings[1]) is (first == second)

    def test_all_that_can_change_an_answer_is_in_its_token(self) -> None:
        asker, other = (Principal(uuid4(), uuid4()) for _ in range(2))
        body: dict[str, Any] = {"subject": {"type": "a", "id": "b"}, "context": {"x": [1, [2]]}}
        questions = [
            ("resource", body, asker),
            ("subject", body, asker),
            ("resource", body, other),
            ("resource", {**body, "context": {"x": [[1], 2]}}, asker),
            ("resource", {**body, "context": {"x": ["1", [2]]}}, asker),
            ("resource", {**body, "context": {}}, asker),
            ("resource", {"subject": body["subject"]}, asker),
            ("resource", {**body, "subject": {"type": "a", "id": "b", "properties": {}}}, asker),
        ]

        bindings = {read_page(kind, asked, page={}, asked_by=who).binding for kind, asked, who in questions}

        assert len(bindings) == len(questions)

    @pytest.mark.parametrize(
        ("first", "second"), [(("a:b", "c"), ("a", "b:c")), (("a/b", "c"), ("a", "b/c")), (("a", ""), ("", "a"))]
    )
    def test_two_accounts_never_share_a_counter(self, first: tuple[str, str], second: tuple[str, str]) -> None:
        mark = uuid4().hex
        charges = [Charge(RateLimit(mark + name, 1, 3600), account) for name, account in (first, second)]

        assert [standing.is_accepted for standing in limiter().take(charges)] == [True, True]


class TestExplanations:
    """SpiceDB #2068: an explanation was served from a cache, and said what had been true."""

    def test_an_explanation_is_of_this_very_moment(self, owner: Person) -> None:
        reader = user_factory()
        generation, team = make(owner), new_team(viewer=reader)
        path = f"/api/v1/generations/{generation.id}/explain?user={reader.id}"
        link = shared(generation, team)
        seen: list[bool] = []
        for role in (Role.VIEWER, None, Role.MEMBER):
            if role is None:
                link.delete()
            elif seen:
                link = shared(generation, team, role=role)
            asked = owner.client.get(path)
            assert asked["Cache-Control"] == "no-store, max-age=0"
            seen.append(asked.json()["access_granted"])

        assert seen == [True, False, True]

    def test_asking_why_changes_nothing_of_what_is_decided(self, owner: Person) -> None:
        reader, generation = user_factory(), make(owner)
        before = held(reader, generation)
        owner.client.get(f"/api/v1/generations/{generation.id}/explain?user={reader.id}")

        assert held(reader, generation) == before == set()


class TestLookups:
    """SpiceDB GHSA-9m7r-g8hg-x3vr: a look-up missed results. Guardian GHSA-5729: it found too many.

    On worlds at random: tests/authorization/test_random_worlds.py and test_policy_source_on_worlds.py.
    """

    def test_what_is_reached_by_several_ways_is_found_once_and_what_one_way_ends_stays(self, owner: Person) -> None:
        reader = signed_in(user_factory())
        team = new_team(viewer=reader.user, admin=owner.user)
        generation = make(owner, project=new_project(team))
        link = shared(generation, new_team(member=reader.user))
        lent = delegated(generation, Permission.READ, by=owner.user, to=reader.user)

        for end in (link.delete, lent.delete):
            assert found_by(reader.user) == [generation.id]
            end()
        assert found_by(reader.user) == [generation.id]


def found_by(user: User) -> list[UUID]:
    return list(GENERATION_RESOURCE.visible_to(user.id, actions.READ).values_list("id", flat=True))


class TestTrail:
    """A decision that leaves no record is not made: what cannot be written down is not allowed."""

    def test_without_the_trail_nobody_is_let_in(self, owner: Person, request: pytest.FixtureRequest) -> None:
        generation = make(owner, title="Secret fox")
        request.getfixturevalue("unwritable_journal")
        path = f"/api/v1/generations/{generation.id}"
        requests = (("GET", path), ("POST", f"{path}/authorize"), ("DELETE", path))
        answers = [send(owner.client, method, address) for method, address in requests]

        assert [answer.status_code for answer in answers] == [503] * 3
        assert not any(b"fox" in answer.content or b"access_granted" in answer.content for answer in answers)
        assert Generation.objects.get(id=generation.id).deleted_at is None
        assert not trail().filter(resource_id=generation.id, name="authorization.decision").exists()


def send(client: APIClient, method: str, path: str) -> Any:
    """Whatever it broke in its transaction is undone."""
    with transaction.atomic():
        answer = client.generic(method, path, "{}", content_type="application/json")
        transaction.set_rollback(True)
    return answer
