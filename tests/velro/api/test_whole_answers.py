"""What is not streamed leaves in one piece, and is done with before it leaves."""

from collections.abc import Iterable
from typing import Any

import pytest
from django.http import FileResponse, HttpResponse, HttpResponseBase, StreamingHttpResponse

from velro.api.whole_answers import WholeAnswers


def answered(response: HttpResponseBase) -> Iterable[bytes]:
    def django(_: dict[str, Any], start_response: Any) -> Any:
        start_response("200 OK", [])
        return response

    return WholeAnswers(django)({}, lambda *_: None)  # type: ignore[arg-type]  # nobody writes


@pytest.mark.django_db
def test_an_answer_is_a_list_of_one_piece_and_closed() -> None:
    response = HttpResponse([b"a", b"b"])

    assert answered(response) == [b"ab"]
    assert response.closed


def test_a_stream_stays_one() -> None:
    for response in (StreamingHttpResponse([b"a", b"b"]), FileResponse(iter([b"a"]))):
        assert answered(response) is response
