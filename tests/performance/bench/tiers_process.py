"""The process that measures the tiers: Django has to be set up before anything of it can be imported."""

import json
import os
import sys
from importlib import import_module

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "velro.settings")
    django.setup()
    json.dump(import_module("tests.performance.bench.tiers_measuring").measure_tiers(), sys.stdout)
