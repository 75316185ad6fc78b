"""Files in the admin."""

from typing import ClassVar

from django.contrib import admin
from django.template.defaultfilters import filesizeformat
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin

from generations.models import Asset
from velro.admin_columns import short_id
from velro.read_only_admin import ReadOnly


@admin.register(Asset)
class AssetAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold publishes no types
    """All files. Being staff opens no file: the links are made for those who may read the generation."""

    list_display: ClassVar = [
        "reference",
        "generation_reference",
        "index",
        "kind",
        "content_type",
        "size",
        "created_at",
    ]
    list_filter: ClassVar = ["kind", "content_type", "created_at"]
    date_hierarchy = "created_at"
    search_fields: ClassVar = ["id", "sha256", "generation__id"]
    fields: ClassVar = [
        "id",
        "generation",
        "index",
        "kind",
        "content_type",
        "bytes",
        "width",
        "height",
        "duration",
        "sha256",
        "created_at",
    ]

    @admin.display(description="Id", ordering="id")
    def reference(self, asset: Asset) -> SafeString | None:
        """Enough of the id to tell rows apart."""
        return short_id(asset.id)

    @admin.display(description="Generation", ordering="generation_id")
    def generation_reference(self, asset: Asset) -> SafeString | None:
        """As in the list of generations."""
        return short_id(asset.generation_id)

    @admin.display(description="Size", ordering="bytes")
    def size(self, asset: Asset) -> str:
        """In the unit that fits."""
        return filesizeformat(asset.bytes)
