"""Writes the files through which other terminals learn where a copy is and which keys it uses."""

import base64
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values

KEY_BYTES = 32


def read_dotenv(path: Path) -> dict[str, str]:
    """The variables of a dotenv file, none when it is missing; read the way the settings read it."""
    return {name: value for name, value in dotenv_values(path).items() if value is not None}


def write_dotenv(path: Path, variables: Mapping[str, str]) -> None:
    """Replace the file at once, readable by its owner only: an address may hold a password."""
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.writelines(f"{name}={quoted(value)}\n" for name, value in variables.items())
    partial.rename(path)


def quoted(value: str) -> str:
    """The value in single quotes, in which only the quote and the backslash are special."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def new_keys() -> dict[str, str]:
    """Fresh keys: SECRET_KEY, and ENCRYPTION_KEY as a ring `<id>:<base64 of 32 bytes>` with one entry."""
    encryption = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    return {"SECRET_KEY": secrets.token_urlsafe(48), "ENCRYPTION_KEY": f"dev1:{encryption}"}


def ensure_keys(path: Path) -> None:
    """Make development keys once; what they signed and encrypted stays readable after a restart."""
    if not path.exists():
        write_dotenv(path, new_keys())
