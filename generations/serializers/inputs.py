"""Bodies and query strings."""

from rest_framework import serializers

from authorization.id_fields import ResourceIdField, ResourceIdsField
from authorization.roles import Permission
from generations.models.generation import LONGEST_TAG, LONGEST_TITLE, MOST_TAGS
from generations.serializers.fields import TextField
from generations.states import Status
from velro.api.serializers import PageQuery, StrictSerializer

LONGEST_WAIT = 60
MOST_IDS = 1_000
SORTS = ("-created_at", "created_at")


class EstimateInput(StrictSerializer):
    """What would be created."""

    model = serializers.CharField(max_length=200)
    input = serializers.DictField()


class WordsInput(StrictSerializer):
    """What people say about a generation, and where it belongs. Without a project, or with null, it is personal."""

    title = TextField(max_length=LONGEST_TITLE, required=False, allow_blank=True)
    tags = serializers.ListField(child=TextField(max_length=LONGEST_TAG), max_length=MOST_TAGS, required=False)
    project = ResourceIdField(required=False, allow_null=True)

    def validate_tags(self, tags: list[str]) -> list[str]:
        """Each once, in the order given."""
        return list(dict.fromkeys(tags))


class GenerationInput(WordsInput, EstimateInput):
    """What to create."""


class GenerationChange(WordsInput):
    """What to change; what is left out stays as it is."""


class GenerationListQuery(PageQuery):
    """Filters of the list.

    `q` is searched for in the title and the prompt; `team` is the team of the project, not one above it.
    """

    status = serializers.ChoiceField(choices=Status.choices, required=False)
    model = TextField(max_length=200, required=False)
    owner = ResourceIdField(required=False)
    project = ResourceIdField(required=False)
    team = ResourceIdField(required=False)
    tag = TextField(max_length=LONGEST_TAG, required=False)
    q = TextField(max_length=200, required=False)
    created_after = serializers.DateTimeField(required=False)
    created_before = serializers.DateTimeField(required=False)
    sort = serializers.ChoiceField(choices=SORTS, default=SORTS[0])


class WaitQuery(StrictSerializer):
    """How many seconds to wait for an end state before answering."""

    wait = serializers.IntegerField(min_value=0, max_value=LONGEST_WAIT, required=False)


class AuthorizeInput(StrictSerializer):
    """The permission that is asked about."""

    action = serializers.ChoiceField(choices=[str(permission) for permission in Permission], default="read")


class BatchAuthorizeInput(AuthorizeInput):
    """The permission that is asked about, on up to 1,000 generations."""

    ids = ResourceIdsField(min_length=1, max_length=MOST_IDS)
