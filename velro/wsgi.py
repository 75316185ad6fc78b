"""Entry of the web server (Granian, WSGI)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "velro.settings")

application = get_wsgi_application()
