"""Every path leads to a view that does nothing: as much as Django and the REST framework can do."""

from django.urls import re_path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tests.performance.bench.http_load.constant import DECISION


class EmptyView(APIView):
    """Answers a constant."""

    def get(self, request: Request) -> Response:
        """For whoever asks whether the server is there."""
        return Response(DECISION)

    def post(self, request: Request) -> Response:
        """Read the body, as any view would."""
        assert request.data
        return Response(DECISION)


urlpatterns = [re_path("", EmptyView.as_view())]
