"""What can go wrong with a provider, in the terms that decide what happens next.

They are plain exceptions with picklable arguments (the client library's are not), and never carry a key, a URL or a
token. Two of them answer FAL's own calls to us, and so are `VelroError`s.
"""

from velro.errors import ServiceUnavailable, VelroError


class FalProblem(Exception):
    """`code` is stable and shown to people with `message`; `message` is safe to show."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


class NotSent(FalProblem):
    """The request certainly did not reach FAL. Sending it again cannot double it."""


class OutcomeUnknown(FalProblem):
    """The request may have reached FAL. It must be looked for before anything else."""


class Refused(FalProblem):
    """FAL answered and did not accept the job. `is_retryable` says whether the same job may be accepted later."""

    def __init__(self, code: str, message: str, *, is_retryable: bool = False) -> None:
        super().__init__(code, message)
        self.is_retryable = is_retryable

    def __reduce__(self) -> tuple[object, ...]:
        return (_refused, (self.code, self.message, self.is_retryable))


class Unreachable(FalProblem):
    """A question that changes nothing got no usable answer. Ask again later."""


class JobFailed(FalProblem):
    """The job is over and has no output, for the reason given."""


class JobGone(FalProblem):
    """FAL does not know the job, or no longer keeps its result."""


class InvalidWebhook(VelroError):
    """The call is not one that FAL signed just now: forged, stale, damaged or too large."""

    code = "invalid_webhook"
    status = 403
    title = "This call is not signed by the provider"


class SignatureKeysUnavailable(ServiceUnavailable):
    """FAL's public keys cannot be fetched at the moment, so nothing can be said about the call; FAL will repeat it."""


def _refused(code: str, message: str, is_retryable: bool) -> Refused:  # noqa: FBT001 - pickle passes positions
    return Refused(code, message, is_retryable=is_retryable)
