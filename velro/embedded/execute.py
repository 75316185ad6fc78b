"""`exec`: the servers are up for the time of one command, those of a running copy where there is one."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence

from velro.embedded.accounts import Account
from velro.embedded.dotenv_files import ensure_keys, read_dotenv, write_dotenv
from velro.embedded.options import Options
from velro.embedded.ownership import owned, running_owner
from velro.embedded.problems import CopyProblem
from velro.embedded.servers import Profile, launched
from velro.embedded.services import Services, running_services
from velro.embedded.state import StateDirectory
from velro.embedded.watchdog import Watchdog

STARTING_SECONDS = 60
POLL_SECONDS = 0.1


def execute(command: Sequence[str], *, options: Options) -> int:
    """Run the command with the servers reachable; returns its exit code (128 + signal when a signal ended it)."""
    state = StateDirectory.open(options.state_dir)
    if running_owner(state.lock_file) is not None:
        return run_command(command, environment=attached_environment(state, options=options))
    with owned(state.lock_file) as lock:
        watchdog = Watchdog(lock=lock)
        services = Services(state, environment=options.environment, profile=Profile.DURABLE)
        ensure_keys(state.secrets_file)
        environment = dict(options.environment) | services.addresses | {"STATE_DIR": str(state.root)}
        try:
            with running_services(services, watchdog):
                write_dotenv(state.services_file, services.addresses)
                return run_command(command, environment=environment)
        finally:
            state.services_file.unlink(missing_ok=True)
            watchdog.dismiss()


def attached_environment(state: StateDirectory, *, options: Options) -> dict[str, str]:
    """The addresses of the running copy, waiting for a copy that is still starting."""
    deadline = time.monotonic() + STARTING_SECONDS
    while not state.services_file.exists():
        if time.monotonic() > deadline:
            raise CopyProblem("The running copy does not say where its servers are; stop it and try again.")
        time.sleep(POLL_SECONDS)
    return read_dotenv(state.services_file) | dict(options.environment) | {"STATE_DIR": str(state.root)}


def run_command(command: Sequence[str], *, environment: Mapping[str, str]) -> int:
    """Run the command at this terminal; Ctrl-C is the command's to answer, SIGTERM is handed on."""
    account = Account(os.geteuid(), os.getegid())
    process = subprocess.Popen(  # noqa: S603 - running what the person typed is the purpose
        launched(tuple(command), account=account, death_signal=signal.SIGTERM), env=dict(environment)
    )
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda _number, _frame: process.terminate())
    code = process.wait()
    return code if code >= 0 else 128 - code
