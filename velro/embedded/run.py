"""`make run`: one foreground command that brings a whole copy up and takes it down again."""

import asyncio
import signal
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from velro.embedded.children import ProcessPlan
from velro.embedded.dotenv_files import ensure_keys, write_dotenv
from velro.embedded.options import Options, free_port, is_port_free
from velro.embedded.output import Output
from velro.embedded.ownership import owned
from velro.embedded.plan import preparing_steps, process_plans, shared_environment
from velro.embedded.problems import CopyProblem
from velro.embedded.processes import kill_marked
from velro.embedded.restarts import RestartPolicy
from velro.embedded.servers import Profile
from velro.embedded.services import Services, guard, running_services
from velro.embedded.state import StateDirectory
from velro.embedded.supervisor import Supervisor, Surroundings
from velro.embedded.watchdog import Watchdog


@dataclass(frozen=True, slots=True)
class Group:
    """What to run inside a copy; a test brings processes of its own."""

    steps: Sequence[ProcessPlan]
    processes: Sequence[ProcessPlan]
    policy: RestartPolicy | None = None


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy this process owns."""

    state: StateDirectory
    services: Services
    watchdog: Watchdog
    output: Output


def run_copy(options: Options, *, group: Group | None = None) -> None:
    """Run until SIGINT or SIGTERM; raise CopyProblem when it cannot start or cannot go on."""
    state = StateDirectory.open(options.state_dir)
    with ExitStack() as stack:
        lock = stack.enter_context(owned(state.lock_file))
        if not is_port_free(options.port):
            raise CopyProblem(f"Port {options.port} is in use. Choose another one: make run PORT={options.port + 1}")
        output = Output()
        stack.callback(output.close)
        watchdog = Watchdog(lock=lock)
        stack.callback(watchdog.dismiss)
        services = Services(state, environment=options.environment, profile=Profile.DURABLE)
        asyncio.run(attend(options, copy=Copy(state, services, watchdog, output), group=group))


async def attend(options: Options, *, copy: Copy, group: Group | None) -> None:
    """Start servers, steps and processes in this order; stop them in the reverse one."""
    sandbox_port = free_port()
    environment = shared_environment(
        options, state=copy.state, addresses=copy.services.addresses, sandbox_port=sandbox_port
    )
    run_id = uuid.uuid4().hex
    everything = dict(options.environment) | environment | {"READY_DIR": str(copy.state.ready_directory)}
    supervisor = Supervisor(Surroundings(run_id, everything, copy.output), policy=group.policy if group else None)
    listen_to_signals(supervisor)
    copy.watchdog.guard_mark(run_id)
    prepare_files(copy.state, environment=environment)
    group = group or Group(preparing_steps(), process_plans(options, state=copy.state, sandbox_port=sandbox_port))
    copy.output.say("Starting PostgreSQL and Valkey ...")
    try:
        with running_services(copy.services, copy.watchdog):
            await run_group(supervisor, group=group, copy=copy, address=options.address)
            kill_marked(run_id)
    finally:
        copy.state.services_file.unlink(missing_ok=True)
    copy.output.say("Stopped.")


async def run_group(supervisor: Supervisor, *, group: Group, copy: Copy, address: str) -> None:
    """The steps, then the processes."""
    await supervisor.run_steps(group.steps)
    await supervisor.run_processes(
        group.processes,
        announce=lambda: copy.output.say(f"Velro is ready at {address}"),
        revive_servers=lambda: revive_servers(copy),
    )


def revive_servers(copy: Copy) -> list[str]:
    """Start PostgreSQL or Valkey again where it ended by itself; returns their names."""
    revived = copy.services.revive()
    for server in revived:
        guard(server, copy.watchdog)
    return [server.plan.name for server in revived]


def prepare_files(state: StateDirectory, *, environment: dict[str, str]) -> None:
    """Write down where this copy will be reached and with which keys."""
    state.clear_ready_directory()
    ensure_keys(state.secrets_file)
    write_dotenv(state.services_file, environment)


def listen_to_signals(supervisor: Supervisor) -> None:
    """Turn signals into a stop in good order; `nohup` keeps its meaning."""
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    for number in numbers:
        asyncio.get_running_loop().add_signal_handler(number, supervisor.request_stop)
