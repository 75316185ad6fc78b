"""The one way this package reports that it cannot go on: a sentence a person can act on, never a traceback."""


class CopyProblem(Exception):
    """What is wrong and what to do about it, in one line; the command prints it and exits with 1."""
