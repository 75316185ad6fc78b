"""Entry of the web server (Granian, WSGI)."""

import os

from django.core.wsgi import get_wsgi_application

from velro.celery import app as celery_app

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "velro.settings")

celery_app.set_default()
application = get_wsgi_application()
