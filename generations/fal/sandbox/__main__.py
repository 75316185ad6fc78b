"""`python -m generations.fal.sandbox`: reads the command line and serves until told to stop."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from generations.fal.sandbox.app import build_app
from generations.fal.sandbox.faults import FAULT_KINDS
from generations.fal.sandbox.settings import SandboxSettings

DESCRIPTION = """A stand-in for fal.ai: queue, synchronous runs (below /sync), streams, storage, webhooks and the
platform API (below /v1), with really rendered images, films and speech. To see it misbehave, post
{"fault": NAME, "match": {"prompt_contains": TEXT}, "times": N} to /sandbox/faults, or put [fault:NAME] in a prompt."""
BACKLOG = 2048


def parse_arguments(arguments: list[str]) -> tuple[SandboxSettings, bool]:
    """The settings, and whether the end of standard input ends the sandbox."""
    faults = "\n".join(f"  {name:26} {kind.point}: {kind.description}" for name, kind in FAULT_KINDS.items())
    parser = argparse.ArgumentParser(
        prog="python -m generations.fal.sandbox",
        description=DESCRIPTION,
        epilog=f"faults:\n{faults}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--port", type=int, default=8790, help="port to listen on (default: %(default)s)")
    add("--state-dir", type=Path, required=True, help="where requests, files and the signing key are kept")
    add("--key", default="", metavar="ID:SECRET", help="the only key to accept (default: any well-formed one)")
    add("--public-url", default="", metavar="URL", help="base of the URLs handed out (default: as the caller came)")
    add("--pace", type=float, default=1.0, help="factor on all simulated time; 0 is as fast as possible (default: 1)")
    add("--concurrency", type=int, default=8, help="requests that run at once (default: %(default)s)")
    add("--renderers", type=int, default=2, help="processes that render (default: %(default)s)")
    add("--webhook-backoff", type=float, default=1.0, metavar="SECONDS", help="first wait before a webhook is resent")
    add("--webhook-timeout", type=float, default=15.0, metavar="SECONDS", help="how long a webhook may take")
    add("--webhook-attempts", type=int, default=10, metavar="N", help="how often a webhook is tried")
    add("--tls-certificate", type=Path, metavar="PEM", help="serve TLS with this certificate; its names are up to you")
    add("--tls-key", type=Path, metavar="PEM", help="the private key of the certificate")
    add("--until-stdin-closes", action="store_true", help="stop when standard input ends, as when the parent dies")
    options = vars(parser.parse_args(arguments))
    is_bound_to_stdin = options.pop("until_stdin_closes")
    options["public_url"] = options["public_url"].rstrip("/")
    return SandboxSettings(**options), is_bound_to_stdin


async def serve(settings: SandboxSettings) -> None:
    """Serve until SIGTERM or SIGINT."""
    server = Server(
        build_app(settings),
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        websockets=False,
        backlog=BACKLOG,
        ssl_cert=settings.tls_certificate,
        ssl_key=settings.tls_key,
        log_level=LogLevels.error,
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    await server.serve()


def main() -> None:
    """Entry point."""
    settings, is_bound_to_stdin = parse_arguments(sys.argv[1:])
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s sandbox %(levelname)s %(message)s")
    if is_bound_to_stdin:
        threading.Thread(target=_stop_with_stdin, daemon=True).start()
    asyncio.run(serve(settings))


def _stop_with_stdin() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
