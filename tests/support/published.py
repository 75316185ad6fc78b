"""The published OpenAPI document as tests read it: operations by request, schemas by reference.

In the copy used here no answer may have fields that the document does not name; clients are asked to tolerate them.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.protocols import Validator

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"
METHODS = ("get", "post", "put", "patch", "delete")
WITH_SLASHES = {"model_id", "forwarded_path"}
FORMATS = FormatChecker(("email", "uuid"))


@FORMATS.checks("date-time", raises=ValueError)
def is_utc_time(value: object) -> bool:
    """RFC 3339 in UTC, the only form that we answer."""
    return not isinstance(value, str) or (value.endswith("Z") and bool(datetime.fromisoformat(value)))


@FORMATS.checks("uri", raises=ValueError)
def is_absolute_uri(value: object) -> bool:
    """With a scheme."""
    return not isinstance(value, str) or bool(urlsplit(value).scheme)


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    method: str
    path: str
    definition: dict[str, Any]

    @property
    def id(self) -> str:
        """Its name in the document."""
        return str(self.definition["operationId"])

    @property
    def is_public(self) -> bool:
        """Whether it works without a token."""
        return "security" not in self.definition

    @cached_property
    def address(self) -> re.Pattern[str]:
        """Matches the paths of its requests."""
        pattern = re.sub(
            r"\\{(\w+)\\}", lambda match: ".+" if match[1] in WITH_SLASHES else "[^/]+", re.escape(self.path)
        )
        return re.compile(pattern)

    def response_to(self, status: int) -> dict[str, Any]:
        """The definition for a status; problems fall back to `default`, successes do not."""
        responses = self.definition["responses"]
        if str(status) not in responses and status < 400:
            raise AssertionError(f"{self.id} answered {status}, which is not documented")
        return resolve(responses.get(str(status), responses["default"]))


@cache
def document() -> dict[str, Any]:
    """The published document, with answers closed to fields it does not name."""
    whole: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text())
    for schema in whole["components"]["schemas"].values():
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
    return whole


@cache
def operations() -> tuple[Operation, ...]:
    """Every operation; paths without parameters first, as they match more narrowly."""
    paths = sorted(document()["paths"].items(), key=lambda item: item[0].count("{"))
    return tuple(Operation(method, path, item[method]) for path, item in paths for method in METHODS if method in item)


def resolve(definition: dict[str, Any]) -> dict[str, Any]:
    """What a `$ref` points to."""
    found: Any = definition
    while "$ref" in found:
        place, found = found["$ref"].split("/")[1:], document()
        for step in place:
            found = found[step]
    return dict(found)


@cache
def validator_of(schema: str) -> Validator:
    """A validator of a schema given as JSON, with the document's components at hand."""
    return Draft202012Validator({**json.loads(schema), "components": document()["components"]}, format_checker=FORMATS)


def faults_of(instance: Any, schema: dict[str, Any]) -> list[str]:
    """What the schema says against it."""
    return [f"{error.json_path}: {error.message}" for error in validator_of(json.dumps(schema)).iter_errors(instance)]


def operation_of(method: str, path: str) -> Operation | None:
    """The documented operation that a request means; HEAD is answered as GET is."""
    wanted = "get" if method == "HEAD" else method.lower()
    matches = (operation for operation in operations() if operation.address.fullmatch(path))
    return next((operation for operation in matches if operation.method == wanted), None)
