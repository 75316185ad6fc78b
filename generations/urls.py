"""Addresses of generations, below the base of the API."""

from django.urls import path

from generations.views.catalogue import EstimateView, ModelListView, ModelView
from generations.views.generations import AuthorizeView, GenerationListView, GenerationView
from generations.views.media import MediaView
from generations.views.webhook import FalWebhookView

urlpatterns = [
    path("models", ModelListView.as_view(), name="models"),
    path("models/<path:model_id>", ModelView.as_view(), name="model"),
    path("generations", GenerationListView.as_view(), name="generations"),
    path("generations/estimate", EstimateView.as_view(), name="generation-estimate"),
    path("generations/<uuid4:generation_id>", GenerationView.as_view(), name="generation"),
    path("generations/<uuid4:generation_id>/authorize", AuthorizeView.as_view(), name="generation-authorize"),
    path("media/<str:token>", MediaView.as_view(), name="media"),
    path("webhooks/fal/<str:token>", FalWebhookView.as_view(), name="fal-webhook"),
]
