"""A person with an account."""

import unicodedata
from typing import Any, ClassVar

from django.contrib.auth import get_backends
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from velro.models import TimestampedModel


class AccountStatus(models.TextChoices):
    """Whether the account can be used. Only an active one signs in; a deactivated one was closed by its owner."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    DEACTIVATED = "deactivated"


class UserManager(BaseUserManager["User"]):
    """Looks people up by e-mail address, in any capitalisation."""

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """The one spelling under which an address is stored and found."""
        return (email or "").strip().lower()

    def get_by_natural_key(self, username: str | None) -> "User":
        """Django's sign-in form and commands look up through here. Raises User.DoesNotExist."""
        return self.get(email=self.normalize_email(username))

    def create_user(self, email: str, password: str | None = None, **attributes: Any) -> "User":
        """Store a person; without a password nobody can sign in as them."""
        user = self.model(email=self.normalize_email(email), **attributes)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **attributes: Any) -> "User":
        """What `manage.py createsuperuser` calls: an operator whose address needs no verification."""
        defaults = {"is_staff": True, "is_superuser": True, "email_verified_at": timezone.now()}
        return self.create_user(email, password, **defaults | attributes)


class User(TimestampedModel, AbstractBaseUser, PermissionsMixin):
    """Signs in by e-mail address. `email` is stored in lower case, which the database checks."""

    email = models.EmailField("e-mail address", unique=True)
    display_name = models.CharField(max_length=100)
    status = models.CharField(max_length=11, choices=AccountStatus.choices, default=AccountStatus.ACTIVE)
    is_staff = models.BooleanField("operator", default=False, help_text="May open the admin.")
    email_verified_at = models.DateTimeField(null=True, blank=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["display_name"]

    class Meta(TimestampedModel.Meta):
        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="user_email_is_lower_case", condition=models.Q(email=Lower("email"))),
            models.CheckConstraint(name="user_email_is_not_empty", condition=~models.Q(email="")),
            models.CheckConstraint(name="user_status_is_known", condition=models.Q(status__in=AccountStatus.values)),
        ]
        indexes: ClassVar = [
            models.Index(fields=["email"], name="user_active", condition=models.Q(status=AccountStatus.ACTIVE)),
            models.Index(fields=["-created_at", "-id"], name="user_newest"),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def is_active(self) -> bool:  # type: ignore[override]  # Django declares a plain attribute; ours follows the status
        """Read by Django's own authentication of the admin."""
        return self.status == AccountStatus.ACTIVE

    @property
    def is_email_verified(self) -> bool:
        """True once the owner of the address has proved to read its mail."""
        return self.email_verified_at is not None

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Whether operators may open a page of the admin, by Django's rules; on one row, what the engine decides.

        Django itself would give a superuser everything on every row.
        """
        if obj is None:
            return super().has_perm(perm)
        return any(backend.has_perm(self, perm, obj) for backend in get_backends() if hasattr(backend, "has_perm"))

    def get_full_name(self) -> str:
        """What the admin shows above the e-mail address."""
        return self.display_name

    def set_password(self, raw_password: str | None) -> None:
        """Unicode is normalised first, so that every keyboard produces the same password."""
        super().set_password(_normalise_password(raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        """The counterpart of `set_password`."""
        return super().check_password(_normalise_password(raw_password) or "")


def _normalise_password(raw_password: str | None) -> str | None:
    return unicodedata.normalize("NFKC", raw_password) if raw_password else raw_password
