"""What an operator can set. One field per variable: its type, default and meaning are stated here and nowhere else.

`docs/settings.md` is generated from this class. Values come, in this order, from the process environment, `.env`, and
the files that a local copy writes into its state folder.
"""

import base64
import binascii
import os
import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from velro.observability.networks import parse_network
from velro.rate_limits.limits import DEFAULTS, endpoint_limits
from velro.settings.caches import shared_cache_from

AES_256_KEY_BYTES = 32
SMALLEST_SECRET_KEY = 50
COUNTRY_CODE = re.compile(r"[A-Z]{2}")
STATE_FILES = ("services.env", "secrets.env")

CommaSeparated = Annotated[tuple[str, ...], NoDecode]


class Deployment(StrEnum):
    """Where the process runs; staging and production refuse unsafe values."""

    DEVELOPMENT = "development"
    TEST = "test"
    STAGING = "staging"
    PRODUCTION = "production"


class Environment(BaseSettings):
    """The typed environment. Construct it once, in `velro.settings`."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    velro_env: Deployment = Field(Deployment.DEVELOPMENT, description="Kind of deployment.")
    state_dir: Path = Field(Path(".state"), description="Folder for everything a local copy keeps.")
    secret_key: SecretStr = Field(description="Signs cookies and media links. At least 50 random characters.")
    encryption_key: SecretStr = Field(
        description="Key ring for data at rest: `id:base64` of 32 bytes, comma separated, the first encrypts."
    )
    allowed_hosts: CommaSeparated = Field(("127.0.0.1", "localhost"), description="Host names that are served.")
    public_url: str = Field("http://127.0.0.1:8000", description="Address at which clients and FAL reach Velro.")
    trusted_proxies: CommaSeparated = Field(
        (), description="Networks (CIDR) whose X-Forwarded-For is believed. Empty: the peer is the client."
    )
    denied_networks: CommaSeparated = Field((), description="Networks (CIDR) whose requests are refused.")
    allowed_networks: CommaSeparated = Field(
        (), description="Networks (CIDR) outside of which requests are refused. Empty: all. A denied one stays denied."
    )
    denied_countries: CommaSeparated = Field((), description="Countries (ISO 3166, as DE) whose requests are refused.")
    allowed_countries: CommaSeparated = Field(
        (), description="Countries outside of which requests are refused, private networks excepted. Empty: all."
    )
    blocked_networks_max_age: float = Field(
        1.0, ge=0, description="Seconds for which a process uses its copy of the networks that operators blocked."
    )
    session_binding: Literal["observe", "enforce"] = Field(
        "observe",
        description="What follows when a session moves to another device, or to another country too fast: observe "
        "records it; enforce also ends the session.",
    )
    impossible_travel_minutes: int = Field(
        120, ge=1, description="Minutes in which nobody gets from one country to another."
    )
    rate_limit_per_ip: int = Field(
        1000, ge=1, description="Requests of one address (IPv6: one /64) in RATE_LIMIT_WINDOW."
    )
    rate_limit_per_user: int = Field(1000, ge=1, description="Requests of one person in RATE_LIMIT_WINDOW.")
    rate_limit_window: int = Field(3600, ge=1, description="Length of the window of both, in seconds.")
    rate_limit_endpoints: CommaSeparated = Field(
        (),
        description="Limits of single endpoints, as name=requests/seconds, where they are to differ from: "
        + ", ".join(f"{name}={quota}/{window}" for name, (quota, window) in DEFAULTS.items())
        + ".",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Lowest level that is logged.")
    request_max_bytes: int = Field(1_048_576, ge=1024, description="Largest request body, in bytes.")

    database_url: str = Field(description="PostgreSQL, as postgresql://user:password@host:port/name.")
    database_pool_size: int = Field(
        20, ge=0, description="Connections of each web process; 0 turns pooling off. Workers do without."
    )
    redis_url: str = Field(description="Redis or Valkey for caches.")
    celery_broker_url: str = Field(description="Redis or Valkey that carries task messages.")
    celery_concurrency: int = Field(4, ge=1, description="Worker processes of the task worker.")
    web_workers: int = Field(1, ge=1, description="Processes of the web server.")
    web_threads: int = Field(16, ge=1, description="Threads in each web process.")

    jwt_issuer: str = Field("velro", description="`iss` of every token.")
    jwt_audience: str = Field("velro-api", description="`aud` of every token.")
    jwt_access_lifetime: int = Field(600, ge=60, le=3600, description="Life of an access token, in seconds.")
    session_idle_lifetime: int = Field(1_209_600, ge=600, description="Seconds without a refresh that end a session.")
    session_lifetime: int = Field(7_776_000, ge=600, description="Longest life of a session, in seconds.")
    invitation_lifetime: int = Field(604_800, ge=600, description="Life of an invitation to a team, in seconds.")
    signing_key_lifetime: int = Field(7_776_000, ge=3600, description="Seconds between rotations of the signing key.")

    mail_from: str = Field("Velro <no-reply@localhost>", description="Sender of letters.")
    smtp_host: str = Field("", description="Mail server. Empty: letters become files in the state folder.")
    smtp_port: int = Field(587, description="Port of the mail server; STARTTLS is required on it.")
    smtp_user: str = Field("", description="Account at the mail server.")
    smtp_password: SecretStr = Field(SecretStr(""), description="Its password.")

    fal_key: SecretStr | None = Field(None, description="FAL API key `id:secret`. Absent: the built-in sandbox serves.")
    fal_queue_url: str = Field("https://queue.fal.run", description="FAL queue.")
    fal_api_url: str = Field("https://api.fal.ai/v1", description="FAL platform API, for reconciliation.")
    fal_jwks_url: str = Field(
        "https://rest.fal.ai/.well-known/jwks.json", description="Public keys of FAL's webhook signatures."
    )
    fal_media_hosts: CommaSeparated = Field(
        ("fal.media", "v3.fal.media", "v3b.fal.media"),
        description="Hosts (with port if not 443) from which outputs may be downloaded.",
    )
    fal_submit_timeout: float = Field(20, gt=0, le=120, description="Seconds to wait for FAL to accept a job.")
    ai_service_timeout: float = Field(120, gt=0, description="Seconds to wait for any other answer of FAL.")
    generation_deadline: int = Field(3600, ge=60, description="Seconds after which an unfinished job fails.")
    fal_poll_interval: float = Field(3.0, gt=0, description="Seconds between the first polls of a job.")
    fal_reconcile_window: float = Field(
        900,
        gt=0,
        description="Seconds for which a submission of unknown outcome is looked for before it is repeated. "
        "Longer than any job runs: FAL may list a job only once it has ended.",
    )
    media_max_bytes: int = Field(524_288_000, ge=1024, description="Largest output that is stored, in bytes.")
    media_link_lifetime: int = Field(300, ge=10, le=300, description="Life of a signed media link, in seconds.")
    outbox_republish_after: float = Field(
        30, gt=0, description="Seconds after which a message that no worker took is sent to the broker again."
    )
    outbox_lease: float = Field(90, gt=0, description="Seconds a worker may hold a message before another may take it.")
    view_refresh_interval: int = Field(
        1800, ge=60, description="Seconds after which a materialized view is refreshed again."
    )
    view_refresh_timeout: int = Field(
        300, ge=1, le=500, description="Seconds that a refresh of a materialized view may take."
    )
    cache_warm_up: bool = Field(
        True, description="Whether web processes load what was asked most, and what who signs in asked most."
    )
    cache_warm_up_interval: int = Field(
        1800, ge=0, description="Seconds after which a web process loads again what was asked most. 0: when it starts."
    )
    decision_cache_url: str = Field(
        "",
        description="Redis or Valkey by which processes share the facts of decisions; may be "
        "redis+sentinel://host:port,host:port/service?db=0 or redis+cluster://host:port,host:port. Empty: REDIS_URL.",
    )
    decision_cache_lifetime: int = Field(
        600, ge=0, le=86_400, description="Seconds for which it keeps them. 0: processes share nothing."
    )
    decision_cache_timeout: float = Field(
        0.05, gt=0, le=5, description="Seconds for which a decision waits for it before it asks the database."
    )
    cache_hit_rate_floor: float = Field(
        0.5, ge=0, le=1, description="Share of look-ups answered from memory in an hour; a fall below it is recorded."
    )

    @field_validator(
        "allowed_hosts",
        "trusted_proxies",
        "denied_networks",
        "allowed_networks",
        "denied_countries",
        "allowed_countries",
        "rate_limit_endpoints",
        "fal_media_hosts",
        mode="before",
    )
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("trusted_proxies", "denied_networks", "allowed_networks")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            parse_network(network)
        return value

    @field_validator("denied_countries", "allowed_countries")
    @classmethod
    def _are_countries(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for country in value:
            if not COUNTRY_CODE.fullmatch(country):
                raise ValueError(f"{country!r} is not a country code of two capitals")
        return value

    @field_validator("rate_limit_endpoints")
    @classmethod
    def _are_limits(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        endpoint_limits(value)
        return value

    @field_validator("decision_cache_url")
    @classmethod
    def _leads_to_a_cache(cls, value: str) -> str:
        if value:
            shared_cache_from(value, timeout=1)
        return value

    @field_validator("public_url")
    @classmethod
    def _is_origin(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path.strip("/") or parts.query:
            raise ValueError("must be a scheme and a host, such as https://velro.example")
        return f"{parts.scheme}://{parts.netloc}"

    @field_validator("encryption_key")
    @classmethod
    def _is_key_ring(cls, value: SecretStr) -> SecretStr:
        parse_key_ring(value.get_secret_value())
        return value

    @field_validator("fal_key", mode="before")
    @classmethod
    def _blank_is_absent(cls, value: object) -> object:
        return None if value == "" else value

    @model_validator(mode="after")
    def _refuse_unsafe_values(self) -> "Environment":
        if self.is_deployed:
            problems = list(self._unsafe_values())
            if problems:
                raise ValueError(f"refused in {self.velro_env}: " + "; ".join(problems))
        return self

    @property
    def is_deployed(self) -> bool:
        """True where real people use the copy."""
        return self.velro_env in {Deployment.STAGING, Deployment.PRODUCTION}

    def _unsafe_values(self) -> list[str]:
        rules = {
            "SECRET_KEY needs at least 50 characters": len(self.secret_key.get_secret_value()) < SMALLEST_SECRET_KEY,
            "PUBLIC_URL must use https": not self.public_url.startswith("https://"),
            "ALLOWED_HOSTS may not contain *": "*" in self.allowed_hosts,
            "SMTP_HOST is required: nobody can sign in before a letter has reached them": not self.smtp_host,
            "MAIL_FROM needs an address of yours": self.mail_from.endswith("@localhost>"),
            "FAL_KEY is required: the sandbox is for development": self.fal_key is None,
            "FAL_QUEUE_URL, FAL_API_URL and FAL_JWKS_URL must use https": not all(
                url.startswith("https://") for url in (self.fal_queue_url, self.fal_api_url, self.fal_jwks_url)
            ),
        }
        return [problem for problem, is_present in rules.items() if is_present]


def parse_key_ring(text: str) -> dict[str, bytes]:
    """Key ring of the form `id:base64,id:base64`, in order. Raises ValueError that never repeats the key."""
    ring: dict[str, bytes] = {}
    for entry in filter(None, text.split(",")):
        key_id, separator, encoded = entry.strip().partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            raise ValueError(f"ENCRYPTION_KEY: the key {key_id!r} is not base64") from None
        if not separator or len(key) != AES_256_KEY_BYTES:
            raise ValueError("ENCRYPTION_KEY: each entry must be id:base64 of 32 bytes")
        ring[key_id] = key
    if not ring:
        raise ValueError("ENCRYPTION_KEY: at least one key is required")
    return ring


def read_environment() -> Environment:
    """The environment of this process. Raises pydantic.ValidationError that names every wrong variable."""
    state_dir = Path(os.environ.get("STATE_DIR", ".state"))
    return Environment(_env_file=(*(state_dir / name for name in STATE_FILES), Path(".env")))
