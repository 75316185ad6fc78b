"""The published key set."""

from typing import ClassVar, Final

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.serializers.auth import JsonWebKeySetOutput
from accounts.services.signing_keys import json_web_keys
from velro.api.declarations import PUBLIC, Answer
from velro.api.views import ApiView

# Shorter than the time for which a key is published before it signs.
CACHE_SECONDS: Final = 300


class JsonWebKeySetView(ApiView):
    """Public keys that verify our tokens."""

    actions: ClassVar = {"get": PUBLIC}
    outputs: ClassVar = {"get": Answer(200, JsonWebKeySetOutput)}

    def get(self, _request: Request) -> Response:
        """Publish the keys that verify our tokens (RFC 7517)."""
        return self.answer({"keys": json_web_keys()}, headers={"Cache-Control": f"public, max-age={CACHE_SECONDS}"})
