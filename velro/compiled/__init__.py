"""What a web process runs with every decision, as machine code: mypyc makes it from the types that are there anyway.

Nothing depends on it. Where it was not done, or a source has changed since, Python runs the sources.
"""
