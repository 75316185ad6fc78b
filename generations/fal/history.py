"""The search for a job whose submission was not confirmed, in FAL's list of the requests it received.

FAL may not list tags, and lists a request reliably only once it has ended; so an empty answer proves nothing by itself.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

import httpx
from django.utils.dateparse import parse_datetime

from generations.fal.access import FalAccess
from generations.fal.answers import question_problem_from
from generations.fal.errors import JobGone, Unreachable
from generations.fal.port import REQUEST_ID, Claims, JobOrder
from generations.fal.transport import Answered, GuardedTransport

SUBMISSION_TAG = "velro"
PATH = "models/requests/by-endpoint"
PAGE_SIZE = 100
MAX_PAGES = 20

Item = Mapping[str, Any]


class RequestHistory:
    """FAL's platform API, read only."""

    def __init__(self, access: FalAccess) -> None:
        self._url = f"{str(access.api_url).rstrip('/')}/{PATH}"
        transport = GuardedTransport(
            access.api_url,
            key=access.key,
            submit_timeout=access.answer_timeout,
            answer_timeout=access.answer_timeout,
        )
        self._http = httpx.Client(transport=transport, trust_env=False, follow_redirects=False)

    def close(self) -> None:
        """Close the kept connections."""
        self._http.close()

    def find(self, order: JobOrder, *, since: datetime, claimed_among: Claims) -> str | None:
        """The request id of the order. Raises Unreachable when the list cannot be read to its end."""
        candidates = [
            item
            for item in self._items(order.endpoint, since)
            if _is_request_id(item.get("request_id"))
            and item.get("endpoint_id") == order.endpoint
            and _is_sent_after(item, since)
        ]
        tagged = [item for item in candidates if _tag_of(item) == order.tag]
        alike = [item for item in candidates if _tag_of(item) is None and item.get("json_input") == dict(order.input)]
        matching = [str(item["request_id"]) for item in (*tagged, *alike)]
        claimed = frozenset(claimed_among(matching)) if matching else frozenset()
        return next((request_id for request_id in matching if request_id not in claimed), None)

    def _items(self, endpoint: str, since: datetime) -> Iterator[Item]:
        for page in islice(self._pages(endpoint, since), MAX_PAGES):
            items = page.get("items")
            if not isinstance(items, list):
                raise _unreadable()
            yield from (item for item in items if isinstance(item, dict))

    def _pages(self, endpoint: str, since: datetime) -> Iterator[Item]:
        query = {
            "endpoint_id": endpoint,
            "start": since.isoformat(),
            "limit": str(PAGE_SIZE),
            "expand": "payloads",
        }
        while True:
            page = self._page(query)
            yield page
            cursor = page.get("next_cursor")
            if not isinstance(cursor, str) or not page.get("has_more", True):
                return
            query["cursor"] = cursor

    def _page(self, query: Mapping[str, str]) -> Item:
        try:
            page: Item = self._http.get(self._url, params=query).json()
        except Answered as answer:
            problem = question_problem_from(answer)
            raise (_unreadable() if isinstance(problem, JobGone) else problem) from None
        return page


def _is_request_id(value: Any) -> bool:
    return isinstance(value, str) and REQUEST_ID.fullmatch(value) is not None


def _is_sent_after(item: Item, since: datetime) -> bool:
    """Whether FAL says so; an item without a readable time stays a candidate, for `start` has filtered it."""
    text = item.get("sent_at")
    try:
        sent_at = parse_datetime(text) if isinstance(text, str) else None
    except ValueError:
        sent_at = None
    return sent_at is None or sent_at.tzinfo is None or sent_at >= since


def _tag_of(item: Item) -> str | None:
    """Our tag on the item, "" where it lists tags without ours, None where it lists no tags at all.

    Takes an object, a list of `k=v`, or the header's own text.
    """
    tags = item.get("tags")
    if tags is None:
        return None
    if isinstance(tags, dict):
        return str(tags.get(SUBMISSION_TAG, ""))
    entries = tags.split(",") if isinstance(tags, str) else tags if isinstance(tags, list) else []
    pairs = (str(entry).partition("=") for entry in entries)
    return next((value.strip() for key, _, value in pairs if key.strip() == SUBMISSION_TAG), "")


def _unreadable() -> Unreachable:
    return Unreachable("provider_error", "The provider's list of requests cannot be read.")
