"""Endpoint ids such as `fal-ai/flux/dev`, and the owner/app part that addresses a request afterwards."""

from __future__ import annotations

NAMESPACES = frozenset({"workflows", "comfy"})


def application_of(endpoint_id: str) -> str:
    """`fal-ai/flux` for `fal-ai/flux/dev`; a leading namespace segment is kept."""
    parts = endpoint_id.split("/")
    return "/".join(parts[: 3 if parts[0] in NAMESPACES else 2])
