"""What operators see of accounts: no password, no private key, and no change but through a service."""

from accounts.admin.api_keys import ApiKeyAdmin
from accounts.admin.figures import read_figures
from accounts.admin.groups import GroupAdmin
from accounts.admin.sessions import SessionAdmin
from accounts.admin.sign_in import OperatorSignInForm
from accounts.admin.signing_keys import SigningKeyAdmin
from accounts.admin.users import UserAdmin

__all__ = [
    "ApiKeyAdmin",
    "GroupAdmin",
    "OperatorSignInForm",
    "SessionAdmin",
    "SigningKeyAdmin",
    "UserAdmin",
    "read_figures",
]
