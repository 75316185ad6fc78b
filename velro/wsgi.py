"""Entry of the web server (Granian, WSGI)."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from velro.api.chunked import ChunkedBodies
from velro.celery import app as celery_app

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "velro.settings")

celery_app.set_default()
application = ChunkedBodies(get_wsgi_application(), limit=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
