"""Files in the admin."""

from typing import ClassVar

from django.contrib import admin
from unfold.admin import ModelAdmin, TabularInline

from generations.models import Asset
from velro.read_only_admin import ReadOnly


class AssetInline(ReadOnly, TabularInline):  # type: ignore[misc]  # unfold publishes no types
    """The files of one generation."""

    model = Asset
    extra = 0
    tab = True
    fields: ClassVar = ["index", "kind", "content_type", "bytes", "width", "height", "duration", "sha256"]


@admin.register(Asset)
class AssetAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold publishes no types
    """All files. Being staff opens no file: the links are made for those who may read the generation."""

    list_display: ClassVar = ["id", "generation", "index", "kind", "content_type", "bytes", "created_at"]
    list_filter: ClassVar = ["kind", "content_type", "created_at"]
    list_select_related: ClassVar = ["generation"]
    search_fields: ClassVar = ["id", "sha256", "generation__id"]
