"""The OpenAPI document and the Swagger page; both are public and load nothing from elsewhere."""

from typing import ClassVar

from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from velro.api.declarations import PUBLIC


class SchemaView(SpectacularAPIView):
    """OpenAPI 3.1 as YAML."""

    authentication_classes = ()
    actions: ClassVar = {"get": PUBLIC}


class DocsView(SpectacularSwaggerSplitView):
    """Swagger UI from the sidecar's files; its script comes from this view too, so that no inline script is needed."""

    authentication_classes = ()
    actions: ClassVar = {"get": PUBLIC}
