"""Where FAL reports that a job is over."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from generations.fal.webhook import verify_webhook
from generations.services.webhook import receive_notice, submission_of_token
from velro.api.declarations import PUBLIC, Answer
from velro.api.negotiation import OneRepresentation
from velro.api.views import ApiView


class ReceiveFalWebhookView(ApiView):
    """Public, but worth nothing without the secret in its address and FAL's signature over the bytes."""

    authentication_classes = ()
    content_negotiation_class = OneRepresentation
    actions: ClassVar = {"post": PUBLIC}
    outputs: ClassVar = {"post": Answer(200)}

    def post(self, request: Request, *, token: str) -> Response:
        """Take note of a finished job, signed by the provider. A repeated notice is welcome and changes nothing."""
        submission_id = submission_of_token(token)
        receive_notice(submission_id, verify_webhook(request.headers, request.body))
        return self.answer()
