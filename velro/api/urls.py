"""Health, the OpenAPI document and the Swagger page."""

from django.urls import path
from drf_spectacular.views import SpectacularSwaggerSplitView

from velro.api import health
from velro.api.schema import SchemaView

urlpatterns = [
    path("api/v1/health/live", health.LiveView.as_view(), name="health-live"),
    path("api/v1/health/ready", health.ReadyView.as_view(), name="health-ready"),
    path("api/v1/health/status", health.StatusView.as_view(), name="health-status"),
    path("api/schema", SchemaView.as_view(), name="schema"),
    path("api/docs", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
]
