"""What caching brings to the outbox, to migrations, to serving processes and to its own list of views.

Loaded once all models are.
"""

from typing import Any

from django.apps import apps
from django.db.models.signals import post_migrate, pre_migrate

from velro.background.topics import Topic, register_topic
from velro.caching.cache_performance import CACHE_PERFORMANCE
from velro.caching.installation import drop_views, install_views
from velro.caching.materialized_views import register_view
from velro.caching.sampling import SAMPLING
from velro.caching.schedule import TOPIC, give_up_refresh, refresh_promised
from velro.serving import BESIDE_REQUESTS


def make_way(*, using: str, plan: list[Any], **_: Any) -> None:
    """What a view stands on cannot be changed: migrations that have something to do find no view."""
    if plan:
        drop_views(using=using)


def install(*, using: str, **_: Any) -> None:
    """After every `migrate`, whether or not it did something, because the text of a view needs no migration."""
    install_views(using=using)


register_view(CACHE_PERFORMANCE)
register_topic(Topic(TOPIC, handle=refresh_promised, give_up=give_up_refresh))
pre_migrate.connect(make_way, sender=apps.get_app_config("caching"))
post_migrate.connect(install, sender=apps.get_app_config("caching"))
BESIDE_REQUESTS.append(SAMPLING.start)
