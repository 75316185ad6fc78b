"""The list a page at a time: on worlds at random, and through every filter, it is what the engine allows to read."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from generations import actions, visible_pages
from generations.models import Asset, Generation
from generations.policies import GENERATION_RESOURCE
from generations.selectors import filter_generations
from generations.visible_pages import ASSET_FIELDS, MANY_PLACES, NOT_LISTED, VisiblePages
from tests.authorization.reference.world import World
from tests.authorization.reference.worlds import worlds
from tests.authorization.stored_worlds import clock_at, store
from tests.generations.conftest import Person, signed_in
from tests.generations.places import new_project, new_team, shared
from tests.generations.test_read_and_delete import make
from tests.support.factories import user_factory
from velro.api.pagination import KeysetPagination

pytestmark = pytest.mark.django_db

LIST = "/api/v1/generations"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BORDER = NOW - timedelta(minutes=2)
WORLDS = settings(
    deadline=None, max_examples=40, backend="hypothesis-urandom", suppress_health_check=[HealthCheck.too_slow]
)
KINDS = (
    {"status": "submitted", "model": "fal-ai/veo3.1", "title": "A heron", "tags": ["grey"]},
    {"input": {"text": "the heron said"}, "tags": ["grey", "wild"]},
    {"model": "fal-ai/veo3.1", "title": "Fox"},
)

Predicate = Callable[[Generation], bool]


def is_about_herons(it: Generation) -> bool:
    return "heron" in f"{it.title} {it.input.get('prompt', '')} {it.input.get('text', '')}"


SIMPLE_FILTERS: list[tuple[dict[str, Any], Predicate]] = [
    ({}, lambda _: True),
    ({"status": "submitted"}, lambda it: it.status == "submitted"),
    ({"model": "fal-ai/veo3.1"}, lambda it: it.model == "fal-ai/veo3.1"),
    ({"tag": "grey"}, lambda it: "grey" in it.tags),
    ({"q": "HERON"}, is_about_herons),
    ({"created_after": BORDER}, lambda it: it.created_at > BORDER),
    ({"created_before": BORDER}, lambda it: it.created_at < BORDER),
    ({"tag": "grey", "q": "heron"}, lambda it: "grey" in it.tags and is_about_herons(it)),
]


@st.composite
def filters(draw: st.DrawFn, world: World) -> tuple[dict[str, Any], Predicate]:
    """Query parameters and, said a second time, what they let through."""
    owner, project = draw(st.sampled_from(list(world.people))), draw(st.sampled_from(list(world.projects)))
    team = draw(st.sampled_from(list(world.teams)))
    of_team = {it for it, held in world.projects.items() if held.team == team}
    of_place: list[tuple[dict[str, Any], Predicate]] = [
        ({"owner": owner}, lambda it: it.owner_id == owner),
        ({"project": project}, lambda it: it.project_id == project),
        ({"team": team}, lambda it: it.project_id in of_team),
    ]
    drawn: tuple[dict[str, Any], Predicate] = draw(st.sampled_from([*SIMPLE_FILTERS, *of_place]))
    return drawn


def vary(world: World, *, is_tied: bool) -> None:
    """Different in all that can be filtered by; with a minute between them, or all of one moment."""
    for place, made in enumerate(world.generations):
        minutes = 0 if is_tied else place
        changes = KINDS[place % 4] if place % 4 < len(KINDS) else {}
        Generation.objects.filter(id=made).update(created_at=NOW - timedelta(minutes=minutes), **changes)


def expected(person: UUID, *, predicate: Predicate, is_descending: bool) -> list[UUID]:
    found = [it for it in GENERATION_RESOURCE.visible_to(person, actions.READ) if predicate(it)]
    return [it.id for it in sorted(found, key=lambda it: (it.created_at, it.id), reverse=is_descending)]


@dataclass(frozen=True, slots=True)
class Walk:
    """Through a list by the links of its pages."""

    found: VisiblePages
    ordering: tuple[str, ...]

    def pages(self, link: str | None, *, towards: str) -> Iterator[tuple[list[UUID], KeysetPagination]]:
        """The page at `link` and all that follow."""
        while link:
            page = KeysetPagination()
            page.ordering = self.ordering
            rows = page.paginate_queryset(self.found, Request(APIRequestFactory().get(link)))
            yield [row.id for row in rows], page
            link = page.get_next_link() if towards == "next" else page.get_previous_link()

    def check(self, whole: list[UUID], *, limit: int, is_tied: bool) -> None:
        """To the end and back."""
        there = list(self.pages(f"{LIST}?limit={limit}", towards="next"))
        assert [it for ids, _ in there for it in ids] == whole
        last_ids, last_page = there[-1]
        # Where times are equal, the cursors of Django REST framework repeat rows on the way back.
        if not is_tied:
            back = [ids for ids, _ in self.pages(last_page.get_previous_link(), towards="previous")]
            assert [it for ids in reversed(back) for it in ids] == whole[: len(whole) - len(last_ids)]


@WORLDS
@given(data=st.data(), world=worlds(NOW), limit=st.integers(1, 3), is_descending=st.booleans())
def test_every_page_of_every_list_in_both_directions(
    data: st.DataObject,
    world: World,
    limit: int,
    is_descending: bool,  # noqa: FBT001 - Hypothesis names them
) -> None:
    asked, predicate = data.draw(filters(world))
    is_tied = data.draw(st.booleans())
    many, looked_through = data.draw(st.sampled_from([(MANY_PLACES, 0), (0, 1), (0, 3), (0, 100)]))
    with pytest.MonkeyPatch.context() as patch, transaction.atomic():
        patch.setattr(visible_pages, "MANY_PLACES", many)
        patch.setattr(visible_pages, "MOST_LOOKED_THROUGH", looked_through)
        # What is made of other limits is no statement to be kept, or to be found.
        patch.setattr(visible_pages, "_foremost", visible_pages._foremost.__wrapped__)
        with clock_at(NOW):
            store(world, now=NOW)
            vary(world, is_tied=is_tied)
            for person in world.people:
                found = filter_generations(VisiblePages(person), query=asked)
                whole = expected(person, predicate=predicate, is_descending=is_descending)
                walk = Walk(found, ("-created_at", "-id") if is_descending else ("created_at", "id"))
                walk.check(whole, limit=limit, is_tied=is_tied)
        transaction.set_rollback(True)


@pytest.mark.parametrize("ordering", [("-created_at", "-id"), ("created_at", "id")])
@pytest.mark.parametrize("is_tied", [True, False])
def test_of_more_projects_than_a_page_has_rows_the_foremost_are_found(
    owner: Person, ordering: tuple[str, ...], *, is_tied: bool
) -> None:
    team = new_team(owner=owner.user)
    for place in range(12):
        generation = make(signed_in(user_factory()), project=new_project(team))
        minutes = 0 if is_tied else place * 5 % 12
        Generation.objects.filter(id=generation.id).update(created_at=NOW - timedelta(minutes=minutes))

    whole = expected(owner.user.id, predicate=lambda _: True, is_descending=ordering[0].startswith("-"))
    assert len(whole) == 12
    Walk(VisiblePages(owner.user.id), ordering).check(whole, limit=1, is_tied=is_tied)


@pytest.mark.parametrize("ordering", [("-created_at", "-id"), ("created_at", "id")])
@pytest.mark.parametrize("is_tied", [True, False])
def test_of_shares_with_more_teams_than_a_page_has_rows_the_foremost_are_found(
    owner: Person, ordering: tuple[str, ...], *, is_tied: bool
) -> None:
    maker = signed_in(user_factory())
    for place in range(12):
        generation = make(maker)
        minutes = 0 if is_tied else place * 5 % 12
        Generation.objects.filter(id=generation.id).update(created_at=NOW - timedelta(minutes=minutes))
        shared(generation, new_team(viewer=owner.user))
    unseen = make(maker)
    shared(unseen, new_team(viewer=owner.user))
    Generation.objects.filter(id=unseen.id).update(quarantined_at=NOW)

    whole = expected(owner.user.id, predicate=lambda _: True, is_descending=ordering[0].startswith("-"))
    assert len(whole) == 12
    Walk(VisiblePages(owner.user.id), ordering).check(whole, limit=1, is_tied=is_tied)


class TestCost:
    def test_a_page_with_its_assets_is_one_statement(self, owner: Person) -> None:
        for _ in range(3):
            make_with_assets(owner)

        with CaptureQueriesContext(connection) as queries:
            page = VisiblePages(owner.user.id)[0:10]
            shown = [[asset.index for asset in generation.assets.all()] for generation in page]

        assert len(queries) == 1
        assert shown == [[0, 1]] * 3

    def test_what_is_not_listed_is_not_read(self, owner: Person) -> None:
        make(owner)

        (listed,) = VisiblePages(owner.user.id)[0:10]

        assert listed.get_deferred_fields() == set(NOT_LISTED)

    def test_a_statement_is_kept_for_everybody_who_asks_for_the_same(self, owner: Person, mallory: Person) -> None:
        mine, theirs = make(owner), make(mallory)
        visible_pages._foremost.cache_clear()
        asked = {"status": mine.status}
        found = [filter_generations(VisiblePages(it.user.id), query=asked)[0:7] for it in (owner, mallory, owner)]

        assert found == [[mine], [theirs], [mine]]
        assert visible_pages._foremost.cache_info()[:2] == (2, 1)

    def test_assets_are_those_of_the_table(self, owner: Person) -> None:
        generation = make_with_assets(owner)

        (listed,) = VisiblePages(owner.user.id)[0:10]

        for mine, stored in zip(listed.assets.all(), generation.assets.all(), strict=True):
            assert {name: getattr(mine, name) for name in ASSET_FIELDS} == {
                name: getattr(stored, name) for name in ASSET_FIELDS
            }


def make_with_assets(person: Person) -> Generation:
    generation = make(person)
    for index in (1, 0):
        Asset.objects.create(
            generation=generation,
            index=index,
            kind="image",
            content_type="image/png",
            bytes=2**53 + 1,
            duration=0.1,
            sha256="ab" * 32,
            storage_key="a",
            thumbnail_key="b",
        )
    return generation
