"""Decisions ahead of Django, answered as they were answered before: see `door`."""
