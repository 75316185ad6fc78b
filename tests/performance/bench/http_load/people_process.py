"""The process that finds who asks: Django has to be set up before anything of it can be imported."""

import os
import sys
from importlib import import_module

import django
import orjson

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "velro.settings")
    django.setup()
    people = import_module("tests.performance.bench.http_load.people").people_who_ask()
    sys.stdout.buffer.write(orjson.dumps(people))
