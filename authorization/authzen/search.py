"""Who may, on what, and how: searches over one policy source."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from authorization.authzen.paging import Page
from authorization.authzen.trail import record_search
from authorization.ports import Entity, Inquiry, PolicySource
from authorization.registry import registry


@dataclass(frozen=True, slots=True)
class Found:
    """One page of entities of one type. `next_token` is empty at the end."""

    results: Sequence[Entity]
    next_token: str


Finder = Callable[[PolicySource], Callable[..., Sequence[str]]]


def find_subjects(inquiry: Inquiry, *, page: Page) -> Found:
    """Subjects of the asked type that may. An unknown resource type finds nobody."""
    return _find(inquiry, page=page, entity_type=inquiry.subject.type, finder=lambda source: source.find_subjects)


def find_resources(inquiry: Inquiry, *, page: Page) -> Found:
    """Resources of the asked type that the subject may act on. An unknown type finds nothing."""
    return _find(inquiry, page=page, entity_type=inquiry.resource.type, finder=lambda source: source.find_resources)


def find_actions(inquiry: Inquiry) -> Sequence[str]:
    """Names of all that the subject may do to the resource."""
    source = registry.policy_sources.get(inquiry.resource.type)
    names = sorted(source.find_actions(inquiry)) if source else []
    record_search(inquiry, wanted="action", found=len(names))
    return names


def _find(inquiry: Inquiry, *, page: Page, entity_type: str, finder: Finder) -> Found:
    source = registry.policy_sources.get(inquiry.resource.type)
    # One more than asked for tells whether anything follows.
    ids = finder(source)(inquiry, after=page.after, limit=page.limit + 1) if source else ()
    shown = [Entity(entity_type, found) for found in ids[: page.limit]]
    record_search(inquiry, wanted=entity_type, found=len(shown))
    return Found(shown, page.token_after(shown[-1].id) if len(ids) > page.limit else "")
