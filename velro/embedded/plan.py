"""What a whole Velro copy consists of, as data: the steps before, the processes, and the environment they share."""

import sys
from collections.abc import Mapping

from velro.embedded.children import ProcessPlan
from velro.embedded.options import HOST, Options
from velro.embedded.probes import answers_with_200, puts_file
from velro.embedded.state import StateDirectory

# Web and beat bring in new work and stop first; together with the servers all end within 30 seconds.
FIRST, SECOND, THIRD = range(3)
WEB_STOP_SECONDS = 6
MOST_CONNECTIONS = 16_384
WORKER_STOP_SECONDS = 12
# A copy run by root says so at the worker's every start, over five lines; a copy is not a deployment.
CELERY = (sys.executable, "-W", "ignore:You're running the worker", "-m", "celery", "--quiet", "-A", "velro.celery")


def shared_environment(
    options: Options, *, state: StateDirectory, addresses: Mapping[str, str], sandbox_port: int
) -> dict[str, str]:
    """Addresses of the parts of this copy; what the caller's environment already says stays as it is."""
    own = {"PUBLIC_URL": options.address, "VELRO_ENV": "development", **addresses}
    if options.has_sandbox:
        own |= sandbox_settings(sandbox_port)
    else:
        own |= {name: options.environment.get(name, "") for name in sandbox_settings(sandbox_port)}
    chosen = {name: options.environment.get(name) or value for name, value in own.items()}
    known = {name: value for name, value in chosen.items() if value}
    return known | {"PORT": str(options.port), "STATE_DIR": str(state.root)}


def sandbox_settings(port: int) -> dict[str, str]:
    """Where the parts of FAL are found when the sandbox plays them, and how long to look for a lost job there.

    The sandbox lists a job as soon as it has it; nobody can say that of FAL, so the default is long.
    """
    address = f"http://{HOST}:{port}"
    return {
        "FAL_RECONCILE_WINDOW": "20",
        "FAL_QUEUE_URL": address,
        "FAL_JWKS_URL": f"{address}/.well-known/jwks.json",
        "FAL_API_URL": f"{address}/v1",
    }


def preparing_steps() -> list[ProcessPlan]:
    """What is done before the processes start, each safe to repeat."""
    return [
        ProcessPlan("migrate", (sys.executable, "manage.py", "migrate", "--no-input")),
        ProcessPlan("seed", (sys.executable, "manage.py", "seed_demo")),
        ProcessPlan("seed-teams", (sys.executable, "manage.py", "seed_demo_teams")),
    ]


def process_plans(options: Options, *, state: StateDirectory, sandbox_port: int) -> list[ProcessPlan]:
    """The processes of a copy."""
    plans = [web(options), worker(options, state=state), beat(state)]
    if options.has_sandbox:
        plans.insert(0, sandbox(state, port=sandbox_port))
    return plans


def web(options: Options) -> ProcessPlan:
    """The HTTP server."""
    choices = {
        "--interface": "wsgi",
        "--host": HOST,
        "--port": str(options.port),
        "--workers": str(options.web_workers),
        "--blocking-threads": str(options.web_threads),
        # How many connections it holds; it would leave all beyond 1,024 without an answer.
        "--backpressure": str(MOST_CONNECTIONS),
        # An open event stream would hold a worker for as long as its reader likes.
        "--workers-kill-timeout": str(WEB_STOP_SECONDS - 1),
        # Below that it remarks at every start that threads outnumber the cores, which is what they are for.
        "--log-level": "error",
    }
    flags = [part for pair in choices.items() for part in pair]
    return ProcessPlan(
        "web",
        (sys.executable, "-m", "granian", *flags, "--no-access-log", "velro.wsgi:application"),
        probe=answers_with_200(options.port, "/api/v1/health/ready"),
        stop_order=FIRST,
        stop_seconds=WEB_STOP_SECONDS,
    )


def worker(options: Options, *, state: StateDirectory) -> ProcessPlan:
    """The Celery worker; SIGTERM lets the running tasks finish."""
    flags = ("--pool", "prefork", "--concurrency", str(options.celery_concurrency))
    return ProcessPlan(
        "worker",
        (*CELERY, "worker", *flags),
        probe=puts_file(state.ready_directory / "worker"),
        stop_order=SECOND,
        stop_seconds=WORKER_STOP_SECONDS,
    )


def beat(state: StateDirectory) -> ProcessPlan:
    """The clock of periodic tasks."""
    flags = ("--schedule", str(state.root / "beat-schedule"), "--pidfile", "")
    return ProcessPlan(
        "beat",
        (*CELERY, "beat", *flags),
        probe=puts_file(state.ready_directory / "beat"),
        stop_order=FIRST,
        stop_seconds=WEB_STOP_SECONDS,
    )


def sandbox(state: StateDirectory, *, port: int) -> ProcessPlan:
    """The FAL sandbox, on a port of this copy's own."""
    flags = ("--port", str(port), "--state-dir", str(state.root / "fal-sandbox"))
    return ProcessPlan(
        "sandbox",
        (sys.executable, "-m", "generations.fal.sandbox", *flags),
        probe=answers_with_200(port, "/health"),
        stop_order=THIRD,
        stop_seconds=3,
    )
