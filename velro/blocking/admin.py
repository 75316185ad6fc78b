"""Blocked networks in the admin."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.admin import ModelAdmin

from velro.admin_columns import badge
from velro.audit.services import Actor, origin
from velro.blocking.models import BlockedNetwork, validate_network
from velro.blocking.services import block_network, unblock_network
from velro.observability.networks import NetworkSet, parse_network


class BlockedNetworkForm(forms.ModelForm):  # type: ignore[type-arg]  # Django takes no parameter at run time
    """Stores one spelling, so that no network is blocked twice."""

    class Meta:
        model = BlockedNetwork
        fields = ("network", "reason", "expires_at")

    def clean_network(self) -> str:
        """Refuses a network that holds the operator."""
        text: str = self.cleaned_data["network"]
        validate_network(text)
        network = str(parse_network(text.strip()))
        if origin()["client_address"] in NetworkSet([network]):
            raise ValidationError("You are in this network yourself.")
        return network


@admin.register(BlockedNetwork)
class BlockedNetworkAdmin(ModelAdmin):  # type: ignore[misc]  # unfold publishes no types
    """Who is shut out, why and until when. What is saved here holds everywhere about a second later."""

    form = BlockedNetworkForm
    list_display: ClassVar = ["network", "state_badge", "reason", "expires_at", "created_at"]
    list_filter: ClassVar = ["created_at", "expires_at"]
    search_fields: ClassVar = ["network", "reason"]

    @badge("State", colours={"blocked": "danger", "expired": "default"})
    def state_badge(self, block: BlockedNetwork) -> tuple[str, str]:
        """Whether the block still holds."""
        is_over = block.expires_at is not None and block.expires_at <= timezone.now()
        return ("expired", "Expired") if is_over else ("blocked", "Blocked")

    def save_model(self, request: HttpRequest, obj: BlockedNetwork, _form: Any, _change: Any) -> None:
        """Through the service, which leaves a record."""
        block_network(obj, actor=Actor(request.user.pk))

    def delete_model(self, request: HttpRequest, obj: BlockedNetwork) -> None:
        """Through the service, which leaves a record."""
        unblock_network(obj, actor=Actor(request.user.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[BlockedNetwork]) -> None:
        """One by one, for a record each."""
        for block in queryset:
            unblock_network(block, actor=Actor(request.user.pk))
