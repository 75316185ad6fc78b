"""Where a copy keeps everything that is its own: data, sockets, logs, and the files other terminals read."""

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from velro.embedded.accounts import Account
from velro.embedded.problems import CopyProblem

PROJECT_ROOT = Path(__file__).resolve().parents[2]
# A socket path holds 107 bytes; the longest name put below the directory is PostgreSQL's ".s.PGSQL.5432.lock".
LONGEST_SOCKET_DIRECTORY = 107 - len("/.s.PGSQL.5432.lock")


@dataclass(frozen=True, slots=True)
class StateDirectory:
    """The paths of one copy, all below `root` (absolute)."""

    root: Path

    @classmethod
    def open(cls, path: str | Path) -> "StateDirectory":
        """Create the directory where it is missing; raise CopyProblem where nothing can be written into it."""
        root = (PROJECT_ROOT / path).resolve()
        try:
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=root):
                pass
        except OSError as error:
            raise CopyProblem(
                f"Cannot write to {root} ({error.strerror}). Name another directory with STATE_DIR=..., "
                "or give it back to your account."
            ) from error
        return cls(root)

    @property
    def lock_file(self) -> Path:
        """Held by the process that owns the copy."""
        return self.root / "owner.lock"

    @property
    def services_file(self) -> Path:
        """Where the running copy is reached; present only while it runs."""
        return self.root / "services.env"

    @property
    def secrets_file(self) -> Path:
        """Development keys, made once."""
        return self.root / "secrets.env"

    @property
    def ready_directory(self) -> Path:
        """Worker and beat put a file of their name here once they can work."""
        return self.root / "run"

    @property
    def logs(self) -> Path:
        """What the servers have to say."""
        return self.root / "logs"

    def own_directory(self, name: str, account: Account) -> Path:
        """A directory below the root that belongs to the servers' account and to nobody else."""
        directory = self.root / name
        directory.mkdir(mode=0o700, exist_ok=True)
        account.take(directory)
        return directory

    def clear_ready_directory(self) -> None:
        """Forget who was ready in an earlier run."""
        shutil.rmtree(self.ready_directory, ignore_errors=True)
        self.ready_directory.mkdir(mode=0o700)

    def sockets(self, account: Account) -> Path:
        """The directory of the UNIX sockets: below the root, or a short one elsewhere that the root points to."""
        if len(os.fsencode(self.root / "sockets")) <= LONGEST_SOCKET_DIRECTORY:
            return self.own_directory("sockets", account)
        pointer = self.root / "sockets"
        if not is_private_directory(pointer, account):
            pointer.unlink(missing_ok=True)
            short = Path(tempfile.mkdtemp(prefix="velro-", dir="/tmp"))
            account.take(short)
            pointer.symlink_to(short)
        return pointer.readlink()

    def remove_short_sockets(self) -> None:
        """Take away the directory outside the root, if there is one: a stopped copy leaves nothing elsewhere."""
        pointer = self.root / "sockets"
        if pointer.is_symlink():
            shutil.rmtree(pointer.readlink(), ignore_errors=True)
            pointer.unlink()


def is_private_directory(pointer: Path, account: Account) -> bool:
    """Whether the pointer leads to a directory nobody but the account could have put there or can enter."""
    if not pointer.is_symlink():
        return False
    target = pointer.readlink()
    if target.is_symlink() or not target.is_dir():
        return False
    status = target.stat()
    return status.st_uid == account.user and status.st_mode & 0o777 == 0o700  # noqa: PLR2004 - a mode, in octal
