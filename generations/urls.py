"""Addresses of generations, below the base of the API."""

from django.urls import path

from generations.views.catalogue import EstimateGenerationView, ModelListView, ModelView
from generations.views.generations import (
    ArchiveGenerationView,
    AuthorizeGenerationsView,
    AuthorizeGenerationView,
    GenerationListView,
    GenerationView,
    RestoreGenerationView,
)
from generations.views.impact import MeasureGenerationImpactView, MeasureTeamImpactView
from generations.views.insight import GenerationAccessListView, GenerationExplanationView
from generations.views.media import MediaView
from generations.views.sharing import (
    DelegationListView,
    DelegationView,
    GenerationShareListView,
    GenerationShareView,
)
from generations.views.webhook import ReceiveFalWebhookView

urlpatterns = [
    path("models", ModelListView.as_view(), name="models"),
    path("models/<path:model_id>", ModelView.as_view(), name="model"),
    path("generations", GenerationListView.as_view(), name="generations"),
    path("generations/authorize", AuthorizeGenerationsView.as_view(), name="generations-authorize"),
    path("generations/estimate", EstimateGenerationView.as_view(), name="generation-estimate"),
    path("generations/<uuid4:generation_id>", GenerationView.as_view(), name="generation"),
    path("generations/<uuid4:generation_id>/authorize", AuthorizeGenerationView.as_view(), name="generation-authorize"),
    path("generations/<uuid4:generation_id>/archive", ArchiveGenerationView.as_view(), name="generation-archive"),
    path("generations/<uuid4:generation_id>/restore", RestoreGenerationView.as_view(), name="generation-restore"),
    path("generations/<uuid4:generation_id>/share", GenerationShareListView.as_view(), name="generation-shares"),
    path(
        "generations/<uuid4:generation_id>/share/<uuid4:team_id>",
        GenerationShareView.as_view(),
        name="generation-share",
    ),
    path("generations/<uuid4:generation_id>/delegations", DelegationListView.as_view(), name="delegations"),
    path(
        "generations/<uuid4:generation_id>/delegations/<uuid4:delegation_id>",
        DelegationView.as_view(),
        name="delegation",
    ),
    path("generations/<uuid4:generation_id>/access", GenerationAccessListView.as_view(), name="generation-access"),
    path("generations/<uuid4:generation_id>/explain", GenerationExplanationView.as_view(), name="generation-explain"),
    path("generations/<uuid4:generation_id>/impact", MeasureGenerationImpactView.as_view(), name="generation-impact"),
    path("teams/<uuid4:team_id>/impact", MeasureTeamImpactView.as_view(), name="team-impact"),
    path("media/<str:token>", MediaView.as_view(), name="media"),
    path("webhooks/fal/<str:token>", ReceiveFalWebhookView.as_view(), name="fal-webhook"),
]
