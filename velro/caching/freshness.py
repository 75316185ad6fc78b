"""How old and how large the materialized views are, for whoever shows their rows."""

from datetime import datetime
from typing import Final

from django.db.models import BigIntegerField, F, Func

from velro.caching.materialized_views import MaterializedView
from velro.caching.models import MaterializedViewRefresh

# Bytes of a view with its indexes, by the name in a row; NULL for one that is not there.
SIZE: Final = Func(
    F("name"), template="pg_total_relation_size(to_regclass(%(expressions)s))", output_field=BigIntegerField()
)


def refreshed_at(view: MaterializedView) -> datetime | None:
    """When its rows were true; None while it was never filled, and PostgreSQL refuses to read it."""
    found = MaterializedViewRefresh.objects.filter(name=view.name).values_list("refreshed_at", flat=True)
    return found.first()
