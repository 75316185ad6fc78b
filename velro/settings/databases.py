"""From one DATABASE_URL to Django's dictionary. libpq itself parses the address, so every form it knows is accepted."""

from typing import Any

from psycopg.conninfo import conninfo_to_dict

from velro.warm_connections import WarmConnection

CONNECT_TIMEOUT = 5
# No request may hold a thread for longer than it may take as a whole.
STATEMENT_TIMEOUT_MS = 30_000
DJANGO_NAMES = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}


def database_from(url: str, *, pool_size: int) -> dict[str, Any]:
    """Settings of one PostgreSQL database. `pool_size` is per process; 0 opens a connection per thread instead."""
    parts = conninfo_to_dict(url, connect_timeout=CONNECT_TIMEOUT, application_name="velro")
    named = {name: str(parts.pop(key)) for key, name in DJANGO_NAMES.items() if key in parts}
    options: dict[str, Any] = {"options": f"-c statement_timeout={STATEMENT_TIMEOUT_MS}", **parts}
    if pool_size:
        options["pool"] = {
            "min_size": 1,
            "max_size": pool_size,
            "timeout": CONNECT_TIMEOUT,
            "connection_class": WarmConnection,
        }
    return {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_HEALTH_CHECKS": True,
        "CONN_MAX_AGE": 0 if pool_size else 60,
        "OPTIONS": options,
        **named,
    }
