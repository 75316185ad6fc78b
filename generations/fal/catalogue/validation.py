"""Checks an input against its model's schema before anything is spent, and names every fault by JSON pointer."""

import math
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any, Final, cast

from jsonschema import Draft202012Validator, FormatChecker, TypeChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from generations.fal.catalogue.entries import CatalogueModel, catalogue
from generations.fal.catalogue.source_images import is_acceptable_image_url
from generations.storable import is_storable
from velro.errors import FieldProblem, InvalidInput

ROOT: Final = "/input"
MAX_POINTER_PART: Final = 64
MOST_FAULTS: Final = 50
TYPE_NAMES: Final[Mapping[str, str]] = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "an object",
}
# Where a value has several faults, these make the others pointless.
TELLING_CODES: Final = frozenset({"wrong_type", "blank"})
CODES: Final[Mapping[str, str]] = {
    "type": "wrong_type",
    "enum": "not_an_option",
    "minimum": "out_of_range",
    "maximum": "out_of_range",
    "minLength": "too_short",
    "maxLength": "too_long",
    "pattern": "wrong_format",
    "format": "invalid_url",
}


def validate_input(model: CatalogueModel, submitted: Any) -> dict[str, Any]:
    """The input with the schema's defaults filled in, so that no change of FAL's own defaults changes look or cost.

    Valid input comes back unchanged. Raises velro.errors.InvalidInput with pointers below `/input`, at most fifty.
    """
    found = islice(_problems(model, submitted), MOST_FAULTS)
    telling_last = sorted(found, key=lambda problem: problem.code in TELLING_CODES)
    problems = {problem.pointer: problem for problem in telling_last}
    if problems:
        raise InvalidInput(errors=[problems[pointer] for pointer in sorted(problems)])
    properties: Mapping[str, Any] = model.input_schema["properties"]
    defaults = {name: field["default"] for name, field in properties.items() if "default" in field}
    filled = defaults | submitted
    return {name: filled[name] for name in properties if name in filled}


def _problems(model: CatalogueModel, submitted: Any) -> Iterator[FieldProblem]:
    for error in _validator(model.id).iter_errors(submitted):
        yield from _problems_of(error)
    if isinstance(submitted, dict):
        yield from (
            FieldProblem(_pointer([name]), "invalid_text", "Contains characters that cannot be stored.")
            for name, value in submitted.items()
            if name in model.input_schema["properties"] and isinstance(value, str) and not is_storable(value)
        )


def _problems_of(error: ValidationError) -> Iterable[FieldProblem]:
    path, rule, instance = list(error.absolute_path), cast("Any", error.validator_value), cast("Any", error.instance)
    if error.validator == "required":
        missing = [name for name in rule if name not in instance]
        return [FieldProblem(_pointer([*path, name]), "required", "This field is required.") for name in missing]
    if error.validator == "additionalProperties":
        properties = cast("Any", error.schema)["properties"]
        unknown = (name for name in instance if name not in properties)
        return (FieldProblem(_pointer([*path, name]), "unknown_field", "This field is not known.") for name in unknown)
    if error.validator == "anyOf":
        return _problems_of_choice(error)
    return [FieldProblem(_pointer(path), _code_of(error), _message_of(error))]


def _problems_of_choice(error: ValidationError) -> Iterable[FieldProblem]:
    """The faults against the one alternative that has the type of what was sent."""
    alternatives: Any = error.validator_value
    for index, alternative in enumerate(alternatives):
        if STRICT_TYPES.is_type(error.instance, alternative["type"]):
            chosen = [fault for fault in error.context or () if fault.schema_path[0] == index]
            return [problem for fault in chosen for problem in _problems_of(fault)]
    names = " or ".join(TYPE_NAMES[alternative["type"]] for alternative in alternatives)
    return [FieldProblem(_pointer(error.absolute_path), "wrong_type", f"Must be {names}.")]


def _code_of(error: ValidationError) -> str:
    is_blank = error.validator == "pattern" and not str(error.instance).strip()
    return "blank" if is_blank else CODES.get(str(error.validator), "invalid")


def _message_of(error: ValidationError) -> str:
    limit: Any = error.validator_value
    messages = {
        "type": f"Must be {TYPE_NAMES.get(str(limit), 'of another type')}.",
        "minimum": f"Must be at least {limit}.",
        "maximum": f"Must be at most {limit}.",
        "minLength": f"Must have at least {limit} characters.",
        "maxLength": f"Must have at most {limit} characters.",
        "pattern": "Must not be blank." if _code_of(error) == "blank" else f"Must match {limit}.",
        "format": "Must be the public https address of an image, or a small image as data URI.",
    }
    if error.validator == "enum":
        return f"Must be one of: {', '.join(limit)}."
    return messages.get(str(error.validator), "Is not acceptable.")


def _pointer(path: Iterable[str | int]) -> str:
    parts = (str(part)[:MAX_POINTER_PART].replace("~", "~0").replace("/", "~1") for part in path)
    return "/".join([ROOT, *parts]).encode("utf-8", "replace").decode()


def _is_whole(_: TypeChecker, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_finite(_: TypeChecker, value: object) -> bool:
    return _is_whole(_, value) or (isinstance(value, float) and math.isfinite(value))


STRICT_TYPES: Final = Draft202012Validator.TYPE_CHECKER.redefine_many({"integer": _is_whole, "number": _is_finite})
STRICT_VALIDATOR: type[Draft202012Validator] = extend(  # type: ignore[no-untyped-call] # jsonschema types it in part
    Draft202012Validator, type_checker=STRICT_TYPES
)
FORMATS: Final = FormatChecker(formats=())
FORMATS.checks("image-url")(is_acceptable_image_url)


@lru_cache(maxsize=64)
def _validator(model_id: str) -> Draft202012Validator:
    return STRICT_VALIDATOR(catalogue()[model_id].input_schema, format_checker=FORMATS)
