"""Runs a copy whose processes are small scripts: the runner under test is the real one, only its work is not.

`python -m tests.velro.embedded.stand_in_copy GROUP`, GROUP being JSON: {"steps": {name: code}, "processes": {name:
code}}. A process is healthy once it has put a file of its name into READY_DIR; processes stop in the order given.
"""

import json
import sys
from collections.abc import Mapping

from velro.embedded.children import ProcessPlan
from velro.embedded.options import Options
from velro.embedded.output import complain
from velro.embedded.probes import puts_file
from velro.embedded.problems import CopyProblem
from velro.embedded.restarts import RestartPolicy
from velro.embedded.run import Group, run_copy
from velro.embedded.state import StateDirectory

IMPATIENT = RestartPolicy(first_wait=0.01, longest_wait=0.01, deaths=3)


def stand_in_group(scripts: Mapping[str, Mapping[str, str]], *, options: Options) -> Group:
    """The scripts as plans."""
    ready = StateDirectory.open(options.state_dir).ready_directory
    steps = [ProcessPlan(name, (sys.executable, "-u", "-c", code)) for name, code in scripts["steps"].items()]
    processes = [
        ProcessPlan(
            name, (sys.executable, "-u", "-c", code), probe=puts_file(ready / name), stop_order=order, stop_seconds=1
        )
        for order, (name, code) in enumerate(scripts["processes"].items())
    ]
    return Group(steps, processes, IMPATIENT)


def main() -> int:
    options = Options.read()
    try:
        run_copy(options, group=stand_in_group(json.loads(sys.argv[1]), options=options))
    except CopyProblem as problem:
        complain(str(problem))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
