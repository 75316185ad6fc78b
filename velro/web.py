"""The application of the web server, ready to be asked. Its entry is `velro.wsgi`."""

import os
import sys

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from velro.api.chunked import ChunkedBodies
from velro.api.whole_answers import WholeAnswers
from velro.celery import app as celery_app
from velro.garbage import look_seldom
from velro.granian_threads import lead_one_thread
from velro.observability.client_device import families_of
from velro.serving import start_beside_requests, with_front_doors

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "velro.settings")

celery_app.set_default()
# A tenth of the usual: among threads that are all busy, the one that renews the lease must come to its turn in time.
sys.setswitchinterval(0.0005)
# Building the patterns takes a tenth of a second, which no request should wait for.
families_of("")
django_application = get_wsgi_application()
# Nor for all views to be imported, which takes most of a second.
_ = get_resolver().url_patterns
whole_answers = WholeAnswers(django_application)
application = with_front_doors(ChunkedBodies(whole_answers, limit=settings.DATA_UPLOAD_MAX_MEMORY_SIZE))
look_seldom()
lead_one_thread()
start_beside_requests()
