#!/usr/bin/env python
"""Django's command line."""

import os
import sys

from django.core.management import execute_from_command_line

from velro.celery import app as celery_app

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "velro.settings")
    celery_app.set_default()
    execute_from_command_line(sys.argv)
