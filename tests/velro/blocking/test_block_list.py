"""A block is heeded by every process within a second, and costs no request a statement in between."""

from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from velro.blocking.block_list import BlockList
from velro.blocking.models import BlockedNetwork, BlockedNetworkQuerySet

pytestmark = pytest.mark.django_db

ADDRESS = "203.0.113.9"


@pytest.fixture
def always_read(settings: Settings) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"blocked_networks_max_age": 0.0})


def block(network: str = "203.0.113.0/24", *, minutes: float | None = None) -> BlockedNetwork:
    expires_at = None if minutes is None else timezone.now() + timedelta(minutes=minutes)
    return BlockedNetwork.objects.create(network=network, reason="test", expires_at=expires_at)


@pytest.mark.usefixtures("always_read")
def test_a_block_is_heeded_and_so_is_its_end() -> None:
    blocks = BlockList()
    assert not blocks.has(ADDRESS)
    row = block()
    assert blocks.has(ADDRESS)
    assert not blocks.has("203.0.114.9")
    row.delete()
    assert not blocks.has(ADDRESS)


@pytest.mark.usefixtures("always_read")
@pytest.mark.parametrize(("minutes", "holds"), [(None, True), (5, True), (-5, False)])
def test_a_block_holds_until_it_expires(minutes: float | None, holds: bool) -> None:  # noqa: FBT001 - a row of the table
    block(minutes=minutes)

    assert BlockList().has(ADDRESS) is holds


def test_a_young_copy_is_not_renewed(django_assert_num_queries: DjangoAssertNumQueries, settings: Settings) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"blocked_networks_max_age": 60.0})
    blocks = BlockList()
    with django_assert_num_queries(1):
        assert [blocks.has(ADDRESS) for _ in range(5)] == [False] * 5
    block()
    assert not blocks.has(ADDRESS)
    assert BlockList().has(ADDRESS)


@pytest.mark.usefixtures("always_read")
def test_a_probe_reads_nothing(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    block()
    with django_assert_num_queries(0):
        assert not BlockList().has(ADDRESS, may_read=False)


@pytest.mark.usefixtures("always_read")
def test_without_the_database_the_old_copy_is_good(monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = BlockList()
    block()
    assert blocks.has(ADDRESS)

    def fail(_: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(BlockedNetworkQuerySet, "in_force", fail)

    assert blocks.has(ADDRESS)
