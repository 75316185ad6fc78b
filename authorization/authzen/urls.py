"""Addresses of AuthZEN and the gateways, at the root, where the specification has them."""

from django.urls import path

from authorization.authzen import forward_views, views

urlpatterns = [
    path("access/v1/evaluation", views.EvaluateAccessView.as_view(), name="access-evaluation"),
    path("access/v1/evaluations", views.EvaluateManyAccessesView.as_view(), name="access-evaluations"),
    path("access/v1/search/subject", views.SearchSubjectsView.as_view(), name="access-search-subject"),
    path("access/v1/search/resource", views.SearchResourcesView.as_view(), name="access-search-resource"),
    path("access/v1/search/action", views.SearchActionsView.as_view(), name="access-search-action"),
    path("access/v1/forward", forward_views.ForwardedAccessView.as_view(), name="access-forward"),
    path(
        "access/v1/forward/<path:forwarded_path>",
        forward_views.ForwardedPathView.as_view(),
        name="access-forward-path",
    ),
    path(".well-known/authzen-configuration", views.AuthZenConfigurationView.as_view(), name="authzen-configuration"),
]
