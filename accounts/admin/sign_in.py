"""The admin's door."""

from typing import Any

from django.contrib import admin
from unfold.forms import AuthenticationForm

from accounts.models import User
from accounts.services.sign_in import sign_in_operator
from authorization.errors import Unauthenticated


class OperatorSignInForm(AuthenticationForm):  # type: ignore[misc]  # unfold publishes no types
    """Django's form, which asks our own service: the same rules and records as at the API's door."""

    def clean(self) -> dict[str, Any]:
        """One message for every refusal; the trail knows the reason."""
        email, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if email and password:
            self.user_cache = self._require_operator(email, password)
        return dict(self.cleaned_data)

    def _require_operator(self, email: str, password: str) -> User:
        try:
            return sign_in_operator(email, password)
        except Unauthenticated:
            raise self.get_invalid_login_error() from None


admin.site.login_form = OperatorSignInForm
