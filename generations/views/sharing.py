"""Passing a generation on: to teams, and to people in one's own place."""

from typing import ClassVar, Final
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from authorization.drf import principal_of
from generations import actions
from generations.access import access_delegations, access_shares
from generations.serializers.sharing import DelegationInput, DelegationOutput, ShareInput, ShareOutput
from generations.services.delegations import DelegationWish, delegate_generation, revoke_delegation
from generations.services.sharing import ShareWish, share_generation, withdraw_share
from velro.api.declarations import Answer
from velro.api.entity_tags import entity_tag, refuse_stale
from velro.api.headers import ETAG, IF_MATCH
from velro.api.idempotency import idempotent
from velro.api.pagination import paginated
from velro.api.serializers import PageQuery
from velro.api.views import ApiView

SOMEBODY: Final = "0b9c6f6e-58a3-4b6e-9a64-3f6f2a8d1c7e"


class GenerationShareListView(ApiView):
    """The teams with which a generation is shared."""

    actions: ClassVar = {"get": actions.OPEN, "put": actions.OPEN}
    inputs: ClassVar = {"put": ShareInput}
    examples: ClassVar = {
        "put": {"To look at, for a week": {"team": SOMEBODY, "role": "viewer", "expires_at": "2027-01-08T12:00:00Z"}}
    }
    queries: ClassVar = {"get": PageQuery}
    request_headers: ClassVar = {"put": (IF_MATCH,)}
    outputs: ClassVar = {
        "get": Answer(200, ShareOutput, is_list=True),
        "put": Answer(200, ShareOutput, headers=(ETAG,)),
    }

    def get(self, request: Request, *, generation_id: UUID) -> Response:
        """List the shares, for whoever may share."""
        return paginated(access_shares(principal_of(request), generation_id), view=self, serializer_class=ShareOutput)

    def put(self, request: Request, *, generation_id: UUID) -> Response:
        """Share with a team in which you have a role, or replace how it is shared. `If-Match` is of that share."""
        body = self.read_input()
        wish = ShareWish(team_id=body.pop("team"), **body)
        share = share_generation(
            principal_of(request), generation_id, wish=wish, check=lambda found: refuse_stale(request, found)
        )
        return self.answer(share, headers={"ETag": entity_tag(share)})


class GenerationShareView(ApiView):
    """The share with one team."""

    actions: ClassVar = {"delete": actions.OPEN}
    request_headers: ClassVar = {"delete": (IF_MATCH,)}
    outputs: ClassVar = {"delete": Answer(204)}

    def delete(self, request: Request, *, generation_id: UUID, team_id: UUID) -> Response:
        """Withdraw a share. What it gave is gone at once."""
        withdraw_share(
            principal_of(request), generation_id, team_id=team_id, check=lambda found: refuse_stale(request, found)
        )
        return self.answer()


class DelegationListView(ApiView):
    """Who may do something with a generation in another's place."""

    actions: ClassVar = {"get": actions.OPEN, "post": actions.OPEN}
    inputs: ClassVar = {"post": DelegationInput}
    examples: ClassVar = {
        "post": {
            "While I am away": {
                "user": SOMEBODY,
                "permissions": ["read", "write"],
                "starts_at": "2027-01-01T00:00:00Z",
                "expires_at": "2027-01-08T00:00:00Z",
            }
        }
    }
    queries: ClassVar = {"get": PageQuery}
    outputs: ClassVar = {
        "get": Answer(200, DelegationOutput, is_list=True),
        "post": Answer(201, DelegationOutput, headers=(ETAG,)),
    }

    def get(self, request: Request, *, generation_id: UUID) -> Response:
        """List the delegations: all for whoever may share the generation, else those from and to the caller."""
        return paginated(
            access_delegations(principal_of(request), generation_id), view=self, serializer_class=DelegationOutput
        )

    @idempotent
    def post(self, request: Request, *, generation_id: UUID) -> Response:
        """Delegate some of what you hold yourself. It is worth what you hold at the moment it is used."""
        body = self.read_input()
        wish = DelegationWish(user_id=body.pop("user"), **body)
        delegation = delegate_generation(principal_of(request), generation_id, wish=wish)
        return self.answer(delegation, headers={"ETag": entity_tag(delegation)})


class DelegationView(ApiView):
    """One delegation."""

    actions: ClassVar = {"delete": actions.OPEN}
    request_headers: ClassVar = {"delete": (IF_MATCH,)}
    outputs: ClassVar = {"delete": Answer(204)}

    def delete(self, request: Request, *, generation_id: UUID, delegation_id: UUID) -> Response:
        """Revoke a delegation of your own, or any of a generation that you may share."""
        revoke_delegation(
            principal_of(request),
            generation_id,
            delegation_id=delegation_id,
            check=lambda found: refuse_stale(request, found),
        )
        return self.answer()
