"""The entry beside this one, led by `velro.leading_thread` as machine code."""

from importlib import import_module

from velro.compiled.importing import prefer_compiled

if not prefer_compiled():
    raise RuntimeError("Run 'make install': what is to be tested was not compiled.")
application = import_module("tests.support.leading_entry").application
