"""What layers 4 to 6 answer for every kind of path and every state: the tables in `docs/authorization.md`."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path as FilePath
from typing import Final
from uuid import UUID

from authorization.actions import Action
from authorization.deliberation import Deliberation
from authorization.facts import AccessMethod, Decision, Path, Principal, Question, ResourceFacts, ResourceState
from authorization.layers import ownership, rbac, team
from authorization.roles import Permission, Role

AUTHORIZATION_PAGE: Final = FilePath("docs/authorization.md")
START: Final = "<!-- truth table: written by `make schema`, do not edit -->\n"
END: Final = "<!-- end of the truth table -->\n"
NOTHING: Final = "-"
SOMEBODY: Final = UUID(int=0)
READ, WRITE, SHARE, DELETE = Permission
ASKED: Final = tuple(Action("thing", permission, permission) for permission in Permission)

OWNED: Final = Path(AccessMethod.DIRECT_OWNERSHIP, Role.OWNER)
IN_TEAM: Final = tuple(Path(AccessMethod.TEAM_MEMBERSHIP, role) for role in Role)
IN_PROJECT: Final = tuple(
    Path(AccessMethod.PROJECT_MEMBERSHIP, role) for role in (Role.VIEWER, Role.MEMBER, Role.ADMIN)
)
SHARED: Final = tuple(Path(AccessMethod.TEAM_SHARE, role) for role in (Role.VIEWER, Role.MEMBER))
DELEGATED: Final = tuple(
    Path(AccessMethod.DELEGATION, role, frozenset(mask))
    for role in (Role.VIEWER, Role.MEMBER, Role.ADMIN)
    for mask in ([READ], [WRITE], [READ, WRITE, DELETE])
)
GRANTED: Final = tuple(Path(AccessMethod.OBJECT_GRANT, mask=frozenset({permission})) for permission in Permission)
BROKEN_GLASS: Final = Path(AccessMethod.BREAK_GLASS, mask=frozenset({READ}))
SINGLE_PATHS: Final = (OWNED, *IN_TEAM, *IN_PROJECT, *SHARED, *DELEGATED, *GRANTED, BROKEN_GLASS)
SEVERAL_PATHS: Final = (
    (OWNED, IN_TEAM[0]),
    (IN_TEAM[0], IN_PROJECT[1]),
    (IN_TEAM[0], SHARED[1]),
    (SHARED[0], DELEGATED[4]),
    (DELEGATED[1], GRANTED[0]),
    (GRANTED[2], BROKEN_GLASS),
)


def decide_by(paths: Sequence[Path], state: ResourceState, asked: Action) -> Decision:
    """Layers 4 to 6 for somebody who reaches a resource by these paths."""
    facts = ResourceFacts(SOMEBODY, state=state, paths=tuple(paths))
    question = Question(SOMEBODY, asked, SOMEBODY, facts, Principal(SOMEBODY, SOMEBODY))
    deliberation = Deliberation(question)
    for layer in (ownership.grant_to_owner, team.grant_to_team, rbac.resolve):
        deliberation = layer(deliberation)
    if deliberation.decision is None:
        raise AssertionError("layer 6 answers every question")
    return deliberation.decision


def page_with_table(page: str) -> str:
    """The page with what stands between its markers replaced. Raises ValueError for a page without markers."""
    before, start, rest = page.partition(START)
    _, end, after = rest.partition(END)
    if not (start and end):
        raise ValueError(f"{AUTHORIZATION_PAGE} has lost the markers of the truth table")
    return before + START + _single_paths() + "\n" + _several_paths() + END + after


def _single_paths() -> str:
    header = ["access method", "of", *ResourceState, "effective role"]
    return _table(header, (_row_of(path) for path in SINGLE_PATHS))


def _row_of(path: Path) -> Iterator[str]:
    decisions = [decide_by([path], state, ASKED[0]) for state in ResourceState]
    yield f"`{path.method}`"
    yield _words_of(path)
    yield from (_list(decision.permissions) for decision in decisions)
    yield (
        " ".join(dict.fromkeys(decision.effective_role for decision in decisions if decision.effective_role)) or NOTHING
    )


def _several_paths() -> str:
    header = ["several paths at once", *(f"{permission} by" for permission in Permission), "effective role"]
    return _table(header, (_row_of_several(paths) for paths in SEVERAL_PATHS))


def _row_of_several(paths: Sequence[Path]) -> Iterator[str]:
    decisions = [decide_by(paths, ResourceState.AVAILABLE, asked) for asked in ASKED]
    yield " + ".join(f"`{path.method}` of {_words_of(path)}" for path in paths)
    yield from (f"`{decision.access_method}`" if decision.access_method else NOTHING for decision in decisions)
    yield str(decisions[0].effective_role)


def _words_of(path: Path) -> str:
    if path.mask is None:
        return f"{path.role}"
    return _list(path.mask) if path.role is None else f"{_list(path.mask)} by a delegator who is {path.role}"


def _list(permissions: Iterable[Permission]) -> str:
    return " ".join(permission for permission in Permission if permission in set(permissions)) or NOTHING


def _table(header: Sequence[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
