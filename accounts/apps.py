"""Django app for accounts."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People, their sessions, and the keys that sign their tokens. See `registrations` for what it plugs in where."""

    name = "accounts"
    verbose_name = "Accounts"
