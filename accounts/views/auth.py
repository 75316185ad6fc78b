"""Signing up, in and out."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from accounts import actions
from accounts.serializers import auth as bodies
from accounts.services.passwords import change_password
from accounts.services.refresh import refresh_session
from accounts.services.registration import register, verify_email
from accounts.services.sessions import Device, sign_out
from accounts.services.sign_in import sign_in
from accounts.services.signing_keys import require_signing_key
from authorization.drf import AnonymousAuthentication, principal_of
from velro.api.declarations import PUBLIC, Answer
from velro.api.headers import CLEAR_SITE_DATA, EVERYTHING
from velro.api.views import ApiView
from velro.observability.client_address import client_address_of
from velro.rate_limits.limits import Endpoint


def device_of(request: Request) -> Device:
    """Where the request comes from, as it shows."""
    headers = request.headers
    return Device(client_address_of(request.META), headers.get("User-Agent", ""), headers.get("Accept-Language", ""))


class RegisterView(ApiView):
    """Open an account."""

    authentication_classes = (AnonymousAuthentication,)
    actions: ClassVar = {"post": PUBLIC}
    inputs: ClassVar = {"post": bodies.RegistrationInput}
    examples: ClassVar = {
        "post": {
            "A new person": {
                "email": "ada@velro.test",
                "password": "correct horse battery staple",
                "display_name": "Ada",
            }
        }
    }
    outputs: ClassVar = {"post": Answer(202, bodies.RegistrationOutput)}
    limits: ClassVar = {"post": Endpoint.REGISTRATION}

    def post(self, _request: Request) -> Response:
        """Open an account. The answer does not tell whether the address has one already."""
        register(**self.read_input())
        return self.answer({})


class LoginView(ApiView):
    """Open a session."""

    authentication_classes = (AnonymousAuthentication,)
    actions: ClassVar = {"post": PUBLIC}
    inputs: ClassVar = {"post": bodies.LoginInput}
    examples: ClassVar = {"post": {"A demo account": {"email": "owner@velro.test", "password": "velro-demo-password"}}}
    outputs: ClassVar = {"post": Answer(200, bodies.SignedInOutput)}
    limits: ClassVar = {"post": Endpoint.SIGN_IN}

    def post(self, request: Request) -> Response:
        """Open a session, by e-mail address and password."""
        return self.answer(sign_in(**self.read_input(), device=device_of(request)))


class RefreshView(ApiView):
    """Trade a refresh token for the next pair."""

    authentication_classes = (AnonymousAuthentication,)
    actions: ClassVar = {"post": PUBLIC}
    inputs: ClassVar = {"post": bodies.RefreshInput}
    outputs: ClassVar = {"post": Answer(200, bodies.TokensOutput)}
    limits: ClassVar = {"post": Endpoint.REFRESH}

    def post(self, request: Request) -> Response:
        """Trade a refresh token for the next pair. One that is presented again ends its session."""
        return self.answer(refresh_session(self.read_input()["refresh"], device=device_of(request)))


class LogoutView(ApiView):
    """End the caller's session."""

    actions: ClassVar = {"post": actions.SIGN_OUT}
    outputs: ClassVar = {"post": Answer(204, headers=(CLEAR_SITE_DATA,))}

    def post(self, request: Request) -> Response:
        """End the caller's session. The access token is dead at once."""
        sign_out(principal_of(request))
        return self.answer(headers={CLEAR_SITE_DATA.name: EVERYTHING})


class ChangePasswordView(ApiView):
    """Replace the caller's password."""

    actions: ClassVar = {"post": actions.CHANGE_PASSWORD}
    inputs: ClassVar = {"post": bodies.PasswordChangeInput}
    outputs: ClassVar = {"post": Answer(204)}
    limits: ClassVar = {"post": Endpoint.PASSWORD_CHANGE}

    def post(self, request: Request) -> Response:
        """Replace the caller's password. Ends all other sessions."""
        passwords = self.read_input()
        change_password(principal_of(request), current=passwords["current_password"], new=passwords["new_password"])
        return self.answer()


class VerifyEmailView(ApiView):
    """Prove that an address is read by who registered it."""

    authentication_classes = (AnonymousAuthentication,)
    actions: ClassVar = {"post": PUBLIC}
    inputs: ClassVar = {"post": bodies.VerificationInput}
    outputs: ClassVar = {"post": Answer(204)}
    limits: ClassVar = {"post": Endpoint.EMAIL_VERIFICATION}

    def post(self, _request: Request) -> Response:
        """Prove that an address is read by who registered it. The token from the letter works once."""
        verify_email(self.read_input()["token"])
        return self.answer()


class AuthHealthView(ApiView):
    """Whether people can sign in."""

    actions: ClassVar = {"get": PUBLIC}
    outputs: ClassVar = {"get": Answer(200, bodies.AuthHealthOutput)}

    def get(self, _request: Request) -> Response:
        """Say whether people can sign in. 503 when the database or the signing key cannot be read."""
        require_signing_key()
        return self.answer({"status": "healthy"})
