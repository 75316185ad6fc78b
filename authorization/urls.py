"""Addresses of authorization itself; see `authzen` for what other services ask it."""

from django.urls import path

from authorization.caching.health import CacheHealthView

urlpatterns = [
    path("health/cache", CacheHealthView.as_view(), name="health-cache"),
]
