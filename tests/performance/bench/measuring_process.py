"""The process that measures: Django has to be set up before anything of it can be imported."""

import json
import os
import sys
from importlib import import_module

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "velro.settings")
    django.setup()
    figures = import_module("tests.performance.bench.measuring").measure_everything(rounds=int(sys.argv[1]))
    json.dump(figures, sys.stdout)
