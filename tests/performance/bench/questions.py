"""Who asks about what: people who reach generations of the large world by every way, and people who do not."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

from django.db.models import Count, QuerySet
from django.db.models.functions import Now

from accounts.models import User
from generations.large_world.characters import (
    DEEP_MEMBER,
    DELEGATE,
    EVERYWHERE,
    GRANTEE,
    INVITED,
    SHARE_GUEST,
    STRANGER,
    WIDE_OWNER,
    Character,
)
from generations.models import Delegation, Generation, Share
from teams.models import Membership, Visibility

DEEPEST: Final = 9
MOST: Final = 200
# Where there are 200 teams.
HOTTEST: Final = "of one shared with 200 teams"


@dataclass(frozen=True, slots=True)
class Questions:
    """One kind of question: a person and generations to ask about, in turn."""

    kind: str
    user_id: UUID
    generation_ids: tuple[UUID, ...]


def user_id_of(character: Character) -> UUID:
    """Whose id the questions name."""
    return User.objects.values_list("id", flat=True).get(email=character.email)


def hottest_id() -> UUID:
    """The generation that is shared with most teams."""
    shared = Share.objects.values_list("generation_id", flat=True).annotate(teams=Count("id")).order_by("-teams")
    return shared[0]


def deepest_generations() -> "QuerySet[Generation, UUID]":
    """In open projects, ten levels below the root of the largest company."""
    root = Membership.objects.values("team").get(user__email=WIDE_OWNER.email)["team"]
    return _ids(
        Generation.objects.filter(
            project__visibility=Visibility.TEAM,
            project__team__ancestor_rows__ancestor=root,
            project__team__ancestor_rows__distance=DEEPEST,
        )
    )


def all_questions() -> list[Questions]:
    """Every kind there is to be measured."""
    deepest, hottest = tuple(deepest_generations()[:MOST]), hottest_id()
    guest, delegate, grantee = map(user_id_of, (SHARE_GUEST, DELEGATE, GRANTEE))
    anything = tuple(_ids(Generation.objects.exclude(project=None))[:MOST])
    maker = Generation.objects.filter(project=None, deleted_at=None)[0].owner_id
    team = Membership.objects.values("team").get(user=guest)["team"]
    shared = Share.objects.filter(team=team, starts_at__lte=Now(), generation__deleted_at=None)
    running = Delegation.objects.filter(delegate=delegate, expires_at__gt=Now(), generation__deleted_at=None)
    granted = Generation.objects.filter(user_grants__user=grantee)
    invited = user_id_of(INVITED)
    restricted = Generation.objects.filter(project__memberships__user=invited)
    return [
        Questions(
            "creator of a personal one", maker, tuple(_ids(Generation.objects.filter(owner=maker, project=None)))
        ),
        Questions("owner of the root, ten levels up", user_id_of(WIDE_OWNER), deepest),
        Questions("member through ten levels", user_id_of(DEEP_MEMBER), deepest),
        Questions("member of a restricted project", invited, tuple(_ids(restricted)[:MOST])),
        Questions("viewer in every team", user_id_of(EVERYWHERE), anything),
        Questions("through a share", guest, tuple(shared.values_list("generation_id", flat=True)[:MOST])),
        Questions(HOTTEST, user_id_of(EVERYWHERE), (hottest,)),
        Questions("through a delegation", delegate, tuple(running.values_list("generation_id", flat=True)[:MOST])),
        Questions("through an object grant", grantee, tuple(_ids(granted)[:MOST])),
        Questions("outsider", user_id_of(STRANGER), anything),
        Questions("about an id that is not there", user_id_of(STRANGER), tuple(uuid4() for _ in range(MOST))),
    ]


def _ids(generations: QuerySet[Generation]) -> "QuerySet[Generation, UUID]":
    return generations.filter(deleted_at=None).order_by("id").values_list("id", flat=True)
