"""The command line: `python -m velro.embedded run | exec | doctor`."""

import argparse
import os
import signal
import sys

from velro.embedded.doctor import examine
from velro.embedded.execute import execute
from velro.embedded.launch import die_with_parent
from velro.embedded.options import Options
from velro.embedded.output import complain
from velro.embedded.problems import CopyProblem
from velro.embedded.run import run_copy

EPILOG = """\
variables, from the environment or .env:
  PORT=8000  STATE_DIR=.state  WEB_WORKERS=1  WEB_THREADS=16  CELERY_CONCURRENCY=4
  DATABASE_URL, REDIS_URL, CELERY_BROKER_URL   use these servers instead of embedded ones
  FAL_KEY                                      use fal.ai instead of the sandbox
"""


def parser() -> argparse.ArgumentParser:
    """What can be asked for."""
    raw = argparse.RawDescriptionHelpFormatter
    main = argparse.ArgumentParser(
        prog="python -m velro.embedded",
        description="Run a whole Velro copy from this checkout.",
        epilog=EPILOG,
        formatter_class=raw,
    )
    commands = main.add_subparsers(dest="command", required=True, metavar="COMMAND")
    run = commands.add_parser(
        "run",
        help="run everything in the foreground until Ctrl-C",
        description="Start PostgreSQL, Valkey, web, worker, beat and the FAL sandbox; Ctrl-C stops all.",
        epilog=EPILOG,
        formatter_class=raw,
    )
    run.add_argument("--follow-parent", action="store_true", help="stop when the process that started this one ends")
    once = commands.add_parser(
        "exec",
        help="run one command with the servers up",
        description="Run COMMAND with PostgreSQL and Valkey up, those of the running copy if there is one.",
        epilog=EPILOG,
        formatter_class=raw,
    )
    once.add_argument("words", nargs="+", metavar="COMMAND", help="after --, for instance: -- python manage.py shell")
    commands.add_parser("doctor", help="say what is wrong with this checkout and how to mend it")
    return main


def perform(arguments: argparse.Namespace) -> int:
    """Do what was asked for; returns the exit code."""
    options = Options.read()
    match arguments.command:
        case "run":
            if arguments.follow_parent:
                die_with_parent(signal.SIGTERM, parent=os.getppid())
            run_copy(options)
            return 0
        case "exec":
            return execute(arguments.words, options=options)
        case _:
            return examine(options)


def main() -> int:
    """Turn every foreseen trouble into one line and exit code 1."""
    try:
        return perform(parser().parse_args())
    except CopyProblem as problem:
        complain(str(problem))
        return 1
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
