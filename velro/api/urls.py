"""Health, the OpenAPI document and the Swagger page."""

from django.urls import path

from velro.api import health
from velro.api.documentation import DocsView, SchemaView

urlpatterns = [
    path("api/v1/health/live", health.LivenessView.as_view(), name="health-live"),
    path("api/v1/health/ready", health.ReadinessView.as_view(), name="health-ready"),
    path("api/v1/health/status", health.StatusView.as_view(), name="health-status"),
    path("api/schema", SchemaView.as_view(), name="schema"),
    path("api/docs", DocsView.as_view(url_name="schema"), name="docs"),
]
