"""Entry of the web server (Granian, WSGI)."""

from importlib import import_module

import structlog

from velro.compiled.importing import prefer_compiled

are_compiled = prefer_compiled()
# Imported by name, because all that it imports has to come after.
application = import_module("velro.web").application
if not are_compiled:
    structlog.get_logger(__name__).warning("modules_not_compiled", remedy="python -m velro.compiled")
