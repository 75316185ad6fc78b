"""Which modules are compiled, and where the result is kept: with the packages, by what it was made from."""

import sys
from hashlib import sha256
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Final

PROJECT_ROOT: Final = Path(__file__).resolve().parents[2]
STORE: Final = Path(sys.prefix) / "compiled"
SUFFIX: Final = EXTENSION_SUFFIXES[0]
COMPILER: Final = "velro.compiled.extensions"
# All that a decision runs through which was made before, and that can be compiled: no class in them has slots made by
# `dataclass`, is a generic one, or can be asked about at run time as a protocol.
MODULES: Final = (
    "accounts.policies",
    "authorization.caching.memory",
    "authorization.fast_door.answers",
    "authorization.fast_door.door",
    "authorization.fast_door.shown",
    "authorization.freshness.changes",
    "authorization.layer_times",
    "velro.audit.clock",
    "velro.audit.journal",
    "velro.audit.record_ids",
    "velro.audit.services",
    "velro.blocking.block_list",
    "velro.leading_thread",
    "velro.observability.context",
    "velro.observability.histograms",
    "velro.observability.networks",
    "velro.rate_limits.leases",
    "velro.rate_limits.limiter",
    "velro.rate_limits.limits",
)


def source_of(module: str) -> Path:
    """From the root of the project."""
    return Path(*module.split(".")).with_suffix(".py")


def folder_of_sources() -> Path:
    """Where these very sources are compiled to, in the way of today. It is there once all of them are."""
    digest = sha256(SUFFIX.encode())
    for module in (*MODULES, COMPILER):
        digest.update(module.encode() + sha256((PROJECT_ROOT / source_of(module)).read_bytes()).digest())
    return STORE / digest.hexdigest()[:16]
