"""What can go wrong with an output file. The arguments are picklable and safe to show."""


class OutputProblem(Exception):
    """`code` is stable and shown to people with `message`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


class OutputUnavailable(OutputProblem):
    """The file could not be had this time. Trying again may help while the provider keeps it."""


class OutputRejected(OutputProblem):
    """The file is not acceptable, and will not be when it is fetched again."""
