"""Django's settings, derived from the typed environment. Nothing else reads environment variables."""

import sys
from datetime import timedelta
from pathlib import Path

from pydantic import ValidationError

from velro.observability.logs import logging_config
from velro.settings.admin_theme import UNFOLD as UNFOLD
from velro.settings.caches import caches_from
from velro.settings.databases import database_from
from velro.settings.environment import Deployment, parse_key_ring, read_environment
from velro.settings.openapi import SPECTACULAR_SETTINGS as SPECTACULAR_SETTINGS

try:
    ENVIRONMENT = read_environment()
except ValidationError as error:
    lines = [f"  {'.'.join(map(str, problem['loc'])).upper()}: {problem['msg']}" for problem in error.errors()]
    sys.exit("Velro cannot start, the environment is not complete:\n" + "\n".join(lines) + "\nSee docs/settings.md.")

PROJECT_ROOT = Path(__file__).resolve().parents[2]
DEBUG = False
SECRET_KEY = ENVIRONMENT.secret_key.get_secret_value()
ALLOWED_HOSTS = [*ENVIRONMENT.allowed_hosts, *(["testserver"] if ENVIRONMENT.velro_env is Deployment.TEST else [])]
ROOT_URLCONF = "velro.urls"
WSGI_APPLICATION = "velro.wsgi.application"
APPEND_SLASH = False
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False
FORMAT_MODULE_PATH = "velro.formats"

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "velro.admin_site.OperationsConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "guardian",
    "pgtrigger",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "velro.api",
    "velro.audit",
    "velro.background",
    "velro.blocking",
    "velro.caching",
    "authorization",
    "accounts",
    "teams",
    "generations",
]

MIDDLEWARE = [
    "velro.observability.middleware.RequestContextMiddleware",
    "authorization.freshness.confirmation.ConfirmationMiddleware",
    "authorization.middleware.ResponseLayersMiddleware",
    "authorization.middleware.DoorLayersMiddleware",
    "velro.api.middleware.ProblemMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PROJECT_ROOT / "velro" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {
    "default": database_from(
        ENVIRONMENT.database_url,
        pool_size=0 if ENVIRONMENT.velro_env is Deployment.TEST else ENVIRONMENT.database_pool_size,
    )
}
CACHES = caches_from(
    ENVIRONMENT.redis_url,
    shared_url=ENVIRONMENT.decision_cache_url,
    shared_timeout=ENVIRONMENT.decision_cache_timeout,
)

# What a person may do in the admin is Django's affair; what they may do to one row is the engine's.
AUTHENTICATION_BACKENDS = ["authorization.backends.EngineBackend"]
# Nobody is granted anything by not signing in.
ANONYMOUS_USER_NAME = None

STATIC_URL = "/static/"
STATICFILES_DIRS = [PROJECT_ROOT / "velro" / "static"]
STATIC_ROOT = PROJECT_ROOT / "staticfiles" if ENVIRONMENT.is_deployed else None
MEDIA_ROOT = ENVIRONMENT.state_dir / "media"
AUDIT_JOURNAL_FOLDER = ENVIRONMENT.state_dir / "audit-journal"
# Tests say when, so that records end with the transaction of the test.
AUDIT_SHIPS_ITSELF = ENVIRONMENT.velro_env is not Deployment.TEST
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = not ENVIRONMENT.is_deployed
DATA_UPLOAD_MAX_MEMORY_SIZE = ENVIRONMENT.request_max_bytes
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if ENVIRONMENT.smtp_host else 'filebased'}.EmailBackend"
EMAIL_FILE_PATH = ENVIRONMENT.state_dir / "mail"
EMAIL_HOST, EMAIL_PORT, EMAIL_USE_TLS = ENVIRONMENT.smtp_host, ENVIRONMENT.smtp_port, True
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = ENVIRONMENT.smtp_user, ENVIRONMENT.smtp_password.get_secret_value()
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENVIRONMENT.mail_from

PASSWORD_HASHERS = ["accounts.hashers.BoundedArgon2Hasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("MinimumLengthValidator", {"min_length": 15}),
        ("UserAttributeSimilarityValidator", {"user_attributes": ["email", "display_name"]}),
        ("CommonPasswordValidator", {}),
    )
]
LOGIN_URL = "/admin/login/"

SECURE_HSTS_SECONDS = 63_072_000 if ENVIRONMENT.is_deployed else 0
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENVIRONMENT.is_deployed
SESSION_COOKIE_NAME = "__Host-velro_admin" if ENVIRONMENT.is_deployed else "velro_admin"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())
CSRF_TRUSTED_ORIGINS = [ENVIRONMENT.public_url]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["authorization.drf.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["authorization.drf.HasAction"],
    "DEFAULT_PARSER_CLASSES": ["velro.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "velro.api.schema.ViewSchema",
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "velro.api.parsers.JSONOnlyNegotiation",
    "EXCEPTION_HANDLER": "velro.api.problems.handle_exception",
    "UNAUTHENTICATED_USER": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

ENCRYPTION_KEYS = parse_key_ring(ENVIRONMENT.encryption_key.get_secret_value())
LOGGING_CONFIG = "logging.config.dictConfig"
LOGGING = logging_config(level=ENVIRONMENT.log_level, is_pretty=not ENVIRONMENT.is_deployed)
SILENCED_SYSTEM_CHECKS = [
    "guardian.W001",  # the engine decides, on guardian's tables among others; its own backend would let superusers pass
    "security.W004",
    "security.W008",
]  # TLS ends at the gateway, which redirects; layer 9 sends HSTS
