"""Settings of Django with nothing in it but one view of the REST framework: no middleware, no database, no caller."""

from typing import Any, Final

SECRET_KEY: Final = "of nothing that is signed"
ALLOWED_HOSTS: Final = ["127.0.0.1", "localhost"]
ROOT_URLCONF: Final = "tests.performance.bench.http_load.empty_urls"
MIDDLEWARE: Final[list[str]] = []
INSTALLED_APPS: Final = ["rest_framework"]
USE_TZ: Final = True
REST_FRAMEWORK: Final[dict[str, Any]] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "UNAUTHENTICATED_USER": None,
}
