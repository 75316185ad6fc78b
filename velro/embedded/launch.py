"""Becomes another program that cannot outlive its parent; a script, because code between fork and exec is unsafe.

It runs as `python -I -S launch.py DEATH_SIGNAL USER:GROUP PARENT COMMAND...` and imports the standard library only.
PostgreSQL refuses to run as root, so root hands its servers to another account. That account could not enter a
directory only root may enter (`/root`, a fresh `mktemp -d`); instead of opening such directories to everybody, the
server keeps the one capability that lets it pass through and read.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
PR_SET_SECUREBITS = 28
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
SECBIT_NO_SETUID_FIXUP = 1 << 2
CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2
CAPABILITY_VERSION_3 = 0x20080522
RESET_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE)


def main(arguments: list[str]) -> None:
    """Drop the account if asked to, tie the life to the parent's, and become the command."""
    death_signal, account, parent, *command = arguments
    user, group = (int(part) for part in account.split(":"))
    for number in RESET_SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    if user != os.geteuid():
        become(user, group)
    die_with_parent(int(death_signal), parent=int(parent))
    os.execvp(command[0], command)  # noqa: S606 - the command is the caller's own list, no shell is involved


def become(user: int, group: int) -> None:
    """Change the account for good, keeping only the right to pass through closed directories."""
    library = ctypes.CDLL(None, use_errno=True)
    is_linux = sys.platform == "linux"
    if is_linux:
        # Otherwise access(2), with which initdb looks for its own files, would go by the account alone.
        library.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)
    if is_linux:
        # Containers often withhold the narrower capability and grant the wider one.
        any(keep_capability(library, capability) for capability in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE))


def keep_capability(library: ctypes.CDLL, capability: int) -> bool:
    """Reduce the capabilities to this one and carry it across the exec; False where root did not have it either."""
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    mask = 1 << capability
    sets = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)
    if library.capset(header, sets) != 0:
        return False
    return bool(library.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) == 0)


def die_with_parent(death_signal: int, *, parent: int) -> None:
    """Ask the kernel for `death_signal` when the parent ends; changing the account clears this, so it comes after."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), death_signal)


if __name__ == "__main__":
    main(sys.argv[1:])
