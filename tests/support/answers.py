"""Holds every answer that a test gets over HTTP against the published OpenAPI document, whatever the test is about.

A full run also has to see every operation of the document succeed.
"""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import pytest
from django.conf import settings
from django.test import Client
from django.test.client import FakePayload

from tests.support.published import Operation, faults_of, operation_of, operations, resolve

PROBLEM = "application/problem+json"
NARROWING_OPTIONS = ("keyword", "markexpr", "deselect", "collectonly", "lf")
# Pages for people, and what describes the API, are no part of it.
ELSEWHERE = re.compile(r"/(admin|static|api/schema|api/docs)(/|$)")


def check_answer(method: str, path: str, *, answer: Any) -> Operation | None:
    """Raises AssertionError for an answer that contradicts the document."""
    operation, status = operation_of(method, path), answer.status_code
    assert operation or status >= 400, f"{method} {path} answered {status} but is not documented"
    definition = operation.response_to(status) if operation else {"content": {PROBLEM: problem_content()}}
    name = f"{method} {path}, {status}"
    for header, described in definition.get("headers", {}).items():
        assert header in answer.headers or not resolve(described).get("required"), f"{name} lacks {header}"
    check_body(name, definition.get("content", {}), answer=answer, is_head=method == "HEAD")
    return operation


def check_body(name: str, content: dict[str, Any], *, answer: Any, is_head: bool) -> None:
    """Media type and JSON."""
    media_type = answer.headers.get("Content-Type", "").partition(";")[0]
    described = content.get(media_type) or content.get(media_type.partition("/")[0] + "/*")
    if not content:
        assert answer.streaming or not answer.content, f"{name} has a body, and the document says it has none"
        return
    assert described, f"{name} is {media_type}, and the document says {', '.join(content)}"
    if media_type.endswith("json") and not is_head:
        faults = faults_of(json.loads(answer.content), described["schema"])
        assert not faults, f"{name} contradicts the document:\n" + "\n".join(faults)


def check_accepted_input(operation: Operation, *, body: bytes) -> None:
    """Raises AssertionError when something was accepted that the document does not allow."""
    if "requestBody" in operation.definition and body:
        schema = operation.definition["requestBody"]["content"]["application/json"]["schema"]
        faults = faults_of(json.loads(body), schema)
        assert not faults, f"{operation.id} accepted what the document forbids:\n" + "\n".join(faults)


def problem_content() -> dict[str, Any]:
    """The content of every problem."""
    return {"schema": {"$ref": "#/components/schemas/Problem"}}


class Exercise:
    """Which operations were called in this process, and in those that reported to it."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.unseen: list[str] = []

    def record(self, operation: Operation, status: int) -> None:
        """As `createGeneration 2xx`."""
        self.seen.add(f"{operation.id} {status // 100}xx")

    def judge(self) -> bool:
        """Whether every operation was seen to succeed; `unseen` holds the others."""
        self.unseen = sorted(operation.id for operation in operations() if f"{operation.id} 2xx" not in self.seen)
        return not self.unseen


EXERCISE = Exercise()


@pytest.fixture(scope="session", autouse=True)
def answers_are_checked() -> Iterator[None]:
    """Patch the one method through which all of Django's and DRF's test clients go."""
    send = Client.request

    def send_and_check(client: Client, **request: Any) -> Any:
        body = request["wsgi.input"].read() if "wsgi.input" in request else b""
        answer = send(client, **request | {"wsgi.input": FakePayload(body)})
        path = unquote(request["PATH_INFO"])
        if settings.ROOT_URLCONF == "velro.urls" and not ELSEWHERE.match(path):
            check_exchange(request["REQUEST_METHOD"], path, body=body, answer=answer)
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Client, "request", send_and_check)
        yield


def check_exchange(method: str, path: str, *, body: bytes, answer: Any) -> None:
    """Both directions: what was answered, and what was accepted."""
    operation = check_answer(method, path, answer=answer)
    if operation:
        EXERCISE.record(operation, answer.status_code)
        if answer.status_code < 300:
            check_accepted_input(operation, body=body)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A worker of xdist has ended and tells the controller what it saw."""
    EXERCISE.seen.update(getattr(node, "workeroutput", {}).get("operations", ()))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Workers report; whoever leads a full and otherwise good run fails it for what was never exercised."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["operations"] = sorted(EXERCISE.seen)
    elif is_full_run(session) and not EXERCISE.judge():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def is_full_run(session: pytest.Session) -> bool:
    """Nothing was selected, and nothing failed before this could be judged."""
    config = session.config
    is_narrowed = any(config.getoption(name, None) for name in NARROWING_OPTIONS)
    is_whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS and not is_narrowed
    return is_whole and session.exitstatus == pytest.ExitCode.OK


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what `pytest_sessionfinish` missed."""
    if EXERCISE.unseen:
        terminalreporter.section("operations of docs/openapi.yaml that no test saw succeed", red=True)
        terminalreporter.line(", ".join(EXERCISE.unseen))
