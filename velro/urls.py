"""Every address of Velro. Features bring their own lists; this file only says where they hang."""

from django.contrib import admin
from django.urls import include, path

import accounts.urls
import authorization.authzen.urls
import authorization.urls
import generations.urls
import teams.urls
import velro.api.urls

urlpatterns = [
    path("api/v1/", include(accounts.urls.urlpatterns)),
    path("api/v1/", include(teams.urls.urlpatterns)),
    path("api/v1/", include(generations.urls.urlpatterns)),
    path("api/v1/", include(authorization.urls.urlpatterns)),
    path("", include(velro.api.urls.urlpatterns)),
    path("", include(accounts.urls.public_urlpatterns)),
    path("", include(authorization.authzen.urls.urlpatterns)),
    path("admin/", admin.site.urls),
]
