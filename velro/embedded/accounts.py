"""Under which account the servers run: the caller's own, or for root one with no rights (PostgreSQL refuses root)."""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from velro.embedded.problems import CopyProblem

UNPRIVILEGED = "nobody"


@dataclass(frozen=True, slots=True)
class Account:
    """A user and a group id."""

    user: int
    group: int

    def take(self, path: Path) -> None:
        """Make the path belong to this account, closed to everybody else."""
        if path.stat().st_uid != self.user:
            os.chown(path, self.user, self.group)
        path.chmod(0o700)


def servers_account(data: Path) -> Account:
    """The account for servers with their data in `data`; for root, the owner of existing data keeps it."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    if data.exists() and data.stat().st_uid != 0:
        status = data.stat()
        return Account(status.st_uid, status.st_gid)
    try:
        entry = pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        raise CopyProblem(
            f"PostgreSQL does not run as root and this machine has no account '{UNPRIVILEGED}'. "
            "Run as an ordinary user, or set DATABASE_URL."
        ) from None
    return Account(entry.pw_uid, entry.pw_gid)
