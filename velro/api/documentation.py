"""The OpenAPI document and the Swagger page; both are public and load nothing from elsewhere."""

from typing import Any, ClassVar

from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response

from velro.api.declarations import PUBLIC

# Swagger writes inline styles and draws its icons from data: addresses; nothing else is needed.
OWN_FILES_ONLY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; font-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class SchemaView(SpectacularAPIView):
    """OpenAPI 3.1 as YAML."""

    authentication_classes = ()
    actions: ClassVar = {"get": PUBLIC}


class DocsView(SpectacularSwaggerSplitView):
    """Swagger UI from the sidecar's files; its script comes from this view too, so that no inline script is needed."""

    authentication_classes = ()
    actions: ClassVar = {"get": PUBLIC}

    def finalize_response(self, request: Request, response: Response, *arguments: Any, **keywords: Any) -> Response:
        """The page may do less than the admin's."""
        final = super().finalize_response(request, response, *arguments, **keywords)
        final.headers["Content-Security-Policy"] = OWN_FILES_ONLY
        return final
