"""Problems for what fails before or outside of a view, so that every error of the API has one form."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse

from velro import errors
from velro.api.problems import PROBLEM_MEDIA_TYPE, problem_response

HTML_PREFIXES = ("/admin/", "/static/")
PROBLEM_BY_STATUS = {
    400: errors.MalformedRequest,
    404: errors.NotFound,
    405: errors.MethodNotAllowed,
    413: errors.RequestTooLarge,
    500: errors.VelroError,
}


class ProblemMiddleware:
    """Refuses bodies over the limit by their declared length, and rewrites Django's own HTML errors."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Check the host and the length before, the form after."""
        try:
            request.get_host()
        except DisallowedHost as error:
            return problem_response(error, instance=request.path)
        if _declared_length(request) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
            return problem_response(errors.RequestTooLarge(f"The limit is {limit} bytes."), instance=request.path)
        response = self.get_response(request)
        problem = PROBLEM_BY_STATUS.get(response.status_code)
        is_ours = response.headers.get("Content-Type", "").startswith((PROBLEM_MEDIA_TYPE, "application/json"))
        if problem is None or is_ours or request.path.startswith(HTML_PREFIXES):
            return response
        rewritten = problem_response(problem(), instance=request.path)
        if "Allow" in response:
            rewritten["Allow"] = response["Allow"]
        return rewritten

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Views outside of DRF: the admin keeps Django's pages, everything else gets a problem."""
        return None if request.path.startswith(HTML_PREFIXES) else problem_response(exception, instance=request.path)


def _declared_length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
