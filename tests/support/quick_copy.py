"""`python -m tests.support.quick_copy`: a copy whose sandbox does not pretend to be busy.

With `--to-be-broken` its timers are short too, and what dies is restarted however often.
"""

import os
import sys
from dataclasses import replace

from velro.embedded.children import ProcessPlan
from velro.embedded.options import Options, free_port
from velro.embedded.plan import beat, preparing_steps, sandbox, sandbox_settings, web, worker
from velro.embedded.restarts import RestartPolicy
from velro.embedded.run import Group, run_copy
from velro.embedded.state import StateDirectory

SHORT_TIMERS = {
    "OUTBOX_LEASE": "5",
    "OUTBOX_REPUBLISH_AFTER": "1",
    "FAL_SUBMIT_TIMEOUT": "2",
    "FAL_RECONCILE_WINDOW": "4",
    "FAL_POLL_INTERVAL": "0.5",
    "CELERY_CONCURRENCY": "3",
}
RESTARTED_ALWAYS = RestartPolicy(first_wait=0.1, longest_wait=0.2, deaths=100_000)
TO_BE_BROKEN = "--to-be-broken"


def main(arguments: list[str]) -> None:
    """Run until a signal; PORT and STATE_DIR come from the environment."""
    port, is_to_be_broken = free_port(), TO_BE_BROKEN in arguments
    timers = SHORT_TIMERS if is_to_be_broken else {}
    os.environ |= {"LOG_LEVEL": "WARNING", **sandbox_settings(port), **timers}
    options = Options.read()
    state = StateDirectory.open(options.state_dir)
    processes = [quick(sandbox(state, port=port)), web(options), worker(options, state=state), beat(state)]
    run_copy(options, group=Group(preparing_steps(), processes, RESTARTED_ALWAYS if is_to_be_broken else None))


def quick(plan: ProcessPlan) -> ProcessPlan:
    """The sandbox, as fast as it can."""
    return replace(plan, command=(*plan.command, "--pace", "0", "--webhook-backoff", "0.3"))


if __name__ == "__main__":
    main(sys.argv[1:])
