"""From a validated body to the questions that policy sources answer."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from rest_framework.exceptions import ValidationError

from authorization.authzen.serializers import EvaluationInput
from authorization.facts import Principal
from authorization.ports import Entity, Inquiry
from velro.api.problems import field_problems
from velro.errors import FieldProblem

INHERITED: Final = ("subject", "action", "resource", "context")


def inquiry_from(question: Mapping[str, Any], *, asked_by: Principal) -> Inquiry:
    """What is not looked at, such as the action of a search for actions, may be absent and stays empty."""
    action = question.get("action", {})
    return Inquiry(
        subject=_entity_from(question["subject"]),
        action=action.get("name", ""),
        resource=_entity_from(question["resource"]),
        asked_by=asked_by,
        action_properties=action.get("properties", {}),
        context=question.get("context", {}),
    )


def inquiries_from(body: Mapping[str, Any], *, asked_by: Principal) -> Iterator[Inquiry | FieldProblem]:
    """The questions of a batch in their order, or the first fault of one that cannot be read.

    What a question leaves out is inherited whole: members of two objects are never mixed.
    """
    defaults = {name: body[name] for name in INHERITED if name in body}
    reader = EvaluationInput()
    for item in body["evaluations"]:
        try:
            question = reader.run_validation({**defaults, **item})
        except ValidationError as error:
            yield next(field_problems(error.get_full_details()))
        else:
            yield inquiry_from(question, asked_by=asked_by)


def _entity_from(entity: Mapping[str, Any]) -> Entity:
    return Entity(entity["type"], entity.get("id", ""), entity.get("properties", {}))
