"""What the published OpenAPI document says about itself."""

from typing import Any

from authorization.layers.input import CANONICAL_UUID4
from velro import __version__

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Velro",
    "DESCRIPTION": (
        "The backend of a team AI generation platform. Sign in, create images, video and audio, and decide who may see "
        "them. Every error is `application/problem+json` (RFC 9457) with a stable `code` and the `request_id`."
    ),
    "VERSION": __version__,
    "TAGS": [
        {"name": "auth", "description": "Accounts, and signing in and out. Tokens go in `Authorization: Bearer`."},
        {"name": "users", "description": "The caller's own profile, sessions and API keys."},
        {"name": "teams", "description": "The tree of teams: who is in which with which role, and what that allows."},
        {
            "name": "projects",
            "description": "What holds the generations of a team, and who has a role of their own in it.",
        },
        {"name": "invitations", "description": "Letters that make their reader a member."},
        {"name": "models", "description": "What can be generated: input schemas and prices."},
        {"name": "generations", "description": "Create, await, list and delete generations, and ask what one may do."},
        {"name": "media", "description": "Stored files, behind short-lived signed links."},
        {"name": "webhooks", "description": "Where the provider reports; signed, and not meant for clients."},
        {
            "name": "access",
            "description": "Questions of other services and of gateways: OpenID AuthZEN, and forwarded requests.",
        },
        {"name": "health", "description": "Whether this copy lives and may get traffic."},
        {"name": "well-known", "description": "What other services look up."},
    ],
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "COMPONENT_SPLIT_PATCH": False,
    "ENUM_SUFFIX": "",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "HealthStatus": "velro.api.health.WORDS",
        "GenerationStatus": "generations.states.Status",
        "Role": "teams.serializers.inputs.ROLE_NAMES",
        "ShareRole": "generations.serializers.sharing.ROLE_NAMES",
        "ProjectRole": "teams.serializers.projects.PROJECT_ROLE_NAMES",
    },
    "PATH_CONVERTER_OVERRIDES": {"uuid4": {"type": "string", "format": "uuid", "pattern": f"^{CANONICAL_UUID4}$"}},
    "SORT_OPERATIONS": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "velro.api.openapi_document.describe_whole",
    ],
    "SWAGGER_UI_SETTINGS": {"persistAuthorization": True, "displayRequestDuration": True, "filter": True},
}
