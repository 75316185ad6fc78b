"""Views that misbehave on purpose, and the addresses they answer at."""

from typing import Any, ClassVar

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from velro.api.declarations import PUBLIC, Answer
from velro.api.serializers import StrictSerializer
from velro.api.views import ApiView
from velro.errors import ServiceUnavailable, VelroError

FAILURES: dict[str, Exception] = {
    "unknown": RuntimeError("the password is hunter2"),
    "database": OperationalError("connection to server at 10.1.2.3 failed"),
    "busy": ServiceUnavailable(headers={"Retry-After": "7"}),
}
LEAKS = {
    "traceback": "Traceback (most recent call last):\n  File secret.py",
    "key": "-----BEGIN RSA PRIVATE KEY-----\nMIIE",
    "hash": "$argon2id$v=19$m=102400",
    "path": "in /srv/venv/lib/python3.11/site-packages/django/db",
    "driver": "psycopg.errors.UniqueViolation: duplicate key",
    "row": "duplicate key\nDETAIL:  Key (email)=(a@b.test) exists",
}


class InnerInput(StrictSerializer):
    size = serializers.IntegerField(min_value=1)


class EchoInput(StrictSerializer):
    name = serializers.CharField(max_length=5)
    inner = InnerInput(required=False)
    tags = serializers.ListField(child=serializers.CharField(max_length=3), required=False)


class EchoQuery(StrictSerializer):
    number = serializers.IntegerField(required=False)


class EchoOutput(serializers.Serializer[Any]):
    body = serializers.JSONField()


class EchoView(ApiView):
    actions: ClassVar = {"get": PUBLIC, "post": PUBLIC}
    inputs: ClassVar = {"post": EchoInput}
    queries: ClassVar = {"get": EchoQuery}
    outputs: ClassVar = {"get": Answer(200, EchoOutput), "post": Answer(201, EchoOutput)}

    def get(self, _request: Request) -> Response:
        return self.answer({"body": self.query})

    def post(self, _request: Request) -> Response:
        return self.answer({"body": self.read_input()})


class FailingView(ApiView):
    actions: ClassVar = {"get": PUBLIC}
    outputs: ClassVar = {"get": Answer(200)}

    def get(self, _request: Request, name: str) -> Response:
        raise FAILURES[name]


class LeakingView(ApiView):
    actions: ClassVar = {"get": PUBLIC}
    outputs: ClassVar = {"get": Answer(200)}

    def get(self, _request: Request, name: str) -> Response:
        raise VelroError(LEAKS[name])


class UndeclaredView(ApiView):
    def get(self, _request: Request) -> Response:
        return Response({"secret": "this must never be seen"})


def plain_failure(_request: HttpRequest) -> HttpResponse:
    raise RuntimeError("the password is hunter2")


urlpatterns = [
    path("echo", EchoView.as_view()),
    path("fail/<name>", FailingView.as_view()),
    path("leak/<name>", LeakingView.as_view()),
    path("undeclared", UndeclaredView.as_view()),
    path("plain", plain_failure),
]
