"""Has Granian serve an application by a leading thread.

It calls `_call_wrap` once, and what that returns for each request, with a protocol, which may be answered from any
thread, and a scope, which is an environment of WSGI but for what all requests have alike. The body has to be read
before that call returns. A server that does not know of this serves the application as any other.
"""

import os
import sys
from typing import Any, Final

import structlog
from granian.server import mp
from granian.wsgi import _callback_wrapper

from velro.leading_thread import LeadingThread, Serve
from velro.serving import AnswersAtOnce

log = structlog.get_logger(__name__)

# Where the server looks for what calls the application. There is no public place.
CALL_WRAP: Final = "_wsgi_call_wrap"


def lead_one_thread() -> None:
    """In a process in which Granian is about to call an application: have one of its threads lead.

    Who answers wakes a thread that sends the answer. On Linux that one would often run at once, on the same core, while
    all of Python waits for the leader; in a batch process it waits for its turn.
    """
    setattr(mp, CALL_WRAP, _call_wrap)
    if sys.platform == "linux":
        try:
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
        except PermissionError:
            log.warning("threads_interrupt_each_other", reason="this process may not choose how it is scheduled")


def _call_wrap(application: Any, scope_opts: dict[str, Any], access_log_fmt: str | None = None) -> Serve:
    serve: Serve = _callback_wrapper(application, scope_opts, access_log_fmt)
    is_plain = not access_log_fmt and not scope_opts.get("url_path_prefix")
    if is_plain and isinstance(application, AnswersAtOnce):
        return LeadingThread(application, serve_slowly=serve).serve
    return serve
