"""Addresses of generations, below the base of the API."""

from django.urls import path

from generations.views.catalogue import EstimateGenerationView, ModelListView, ModelView
from generations.views.generations import AuthorizeGenerationView, GenerationListView, GenerationView
from generations.views.media import MediaView
from generations.views.webhook import ReceiveFalWebhookView

urlpatterns = [
    path("models", ModelListView.as_view(), name="models"),
    path("models/<path:model_id>", ModelView.as_view(), name="model"),
    path("generations", GenerationListView.as_view(), name="generations"),
    path("generations/estimate", EstimateGenerationView.as_view(), name="generation-estimate"),
    path("generations/<uuid4:generation_id>", GenerationView.as_view(), name="generation"),
    path("generations/<uuid4:generation_id>/authorize", AuthorizeGenerationView.as_view(), name="generation-authorize"),
    path("media/<str:token>", MediaView.as_view(), name="media"),
    path("webhooks/fal/<str:token>", ReceiveFalWebhookView.as_view(), name="fal-webhook"),
]
