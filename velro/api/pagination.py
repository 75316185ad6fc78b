"""Keyset paging: `{"results", "next", "previous"}` with opaque cursors, stable while rows are added."""

from collections.abc import Iterable
from typing import Any, Protocol

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from velro.errors import FieldProblem, InvalidInput


class KeysetPagination(CursorPagination):
    """DRF's cursor pagination under the contract's names; a tampered cursor is a 400, not a 404."""

    page_size = 25
    max_page_size = 100
    page_size_query_param = "limit"
    ordering: tuple[str, ...] = ("-created_at", "-id")

    def decode_cursor(self, request: Request) -> Any:
        """DRF raises NotFound for a cursor it cannot read. A place without an offset is none that we gave."""
        try:
            cursor = super().decode_cursor(request)
        except NotFound as error:
            raise _unusable_cursor() from error
        is_by_time = self.ordering[0].endswith("_at")
        if is_by_time and cursor and cursor.position and _is_naive(str(cursor.position)):
            raise _unusable_cursor()
        return cursor

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> Any:
        """One page. Its neighbours are linked at the public address, whatever a proxy in between spoke."""
        try:
            page: list[Any] | None = super().paginate_queryset(queryset, request, view)
        except (ValidationError, ValueError) as error:
            raise _unusable_cursor() from error
        self.base_url = settings.ENVIRONMENT.public_url + request.get_full_path()
        return page

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The form of every list."""
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["results", "next", "previous"],
            "properties": {"results": schema, "next": link, "previous": link},
        }


class Pageable(Protocol):
    """What paging asks of a QuerySet, and of what stands in for one."""

    def order_by(self, *ordering: str) -> Any:
        """Another order."""

    def filter(self, **lookups: Any) -> Any:
        """Narrow it."""

    def __getitem__(self, wanted: slice, /) -> Iterable[Any]: ...


def _is_naive(position: str) -> bool:
    try:
        moment = parse_datetime(position)
    except ValueError:
        return False
    return moment is not None and is_naive(moment)


def _unusable_cursor() -> InvalidInput:
    fault = FieldProblem("?cursor", "invalid_cursor", "Use a cursor from `next` or `previous`, unchanged.")
    return InvalidInput(errors=[fault])


def paginated(
    queryset: Pageable,
    *,
    view: APIView,
    serializer_class: type[BaseSerializer[Any]],
    ordering: tuple[str, ...] = KeysetPagination.ordering,
    context: dict[str, Any] | None = None,
) -> Response:
    """One page of `queryset` for the running request of `view`. `ordering` must end in a unique column."""
    paginator = KeysetPagination()
    paginator.ordering = ordering
    page = paginator.paginate_queryset(queryset, view.request, view=view)
    return paginator.get_paginated_response(serializer_class(page, many=True, context=context or {}).data)
