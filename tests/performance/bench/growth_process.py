"""The process that asks one of the worlds: a turn for each line it is given, as a line of JSON.

Django has to be set up before anything of it can be imported.
"""

import json
import os
import sys
from importlib import import_module

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "velro.settings")
    django.setup()
    turns = import_module("tests.performance.bench.growth_measuring").turns(decisions=int(sys.argv[1]))
    for _ in sys.stdin:
        sys.stdout.write(json.dumps(next(turns)) + "\n")
        sys.stdout.flush()
