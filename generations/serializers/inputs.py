"""Bodies and query strings."""

from rest_framework import serializers

from authorization.actions import Permission
from generations.models.generation import LONGEST_TAG, LONGEST_TITLE, MOST_TAGS
from generations.serializers.fields import ResourceIdField, TextField
from generations.states import Status
from velro.api.serializers import PageQuery, StrictSerializer

LONGEST_WAIT = 60
SORTS = ("-created_at", "created_at")


class EstimateInput(StrictSerializer):
    """What would be created."""

    model = serializers.CharField(max_length=200)
    input = serializers.DictField()


class GenerationInput(EstimateInput):
    """What to create."""

    title = TextField(max_length=LONGEST_TITLE, required=False, default="", allow_blank=True)
    tags = serializers.ListField(child=TextField(max_length=LONGEST_TAG), max_length=MOST_TAGS, required=False)

    def validate_tags(self, tags: list[str]) -> list[str]:
        """Each once, in the order given."""
        return list(dict.fromkeys(tags))


class GenerationListQuery(PageQuery):
    """Filters of the list. `q` is searched for in the title and the prompt."""

    status = serializers.ChoiceField(choices=Status.choices, required=False)
    model = TextField(max_length=200, required=False)
    owner = ResourceIdField(required=False)
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
