"""Fields that appear in more than one body."""

import unicodedata
from typing import Any

from rest_framework import serializers

from accounts.services.passwords import LONGEST_PASSWORD_BYTES

UNPRINTABLE_CATEGORIES = {"Cc", "Cs", "Zl", "Zp"}


class PasswordField(serializers.CharField):
    """Taken as typed, spaces included. The limit in bytes bounds the work of hashing."""

    default_error_messages = {  # noqa: RUF012 - DRF's way to add a message
        "too_long": f"Use at most {LONGEST_PASSWORD_BYTES} bytes."
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, write_only=True, **options)

    def to_internal_value(self, data: Any) -> str:
        """The text, if it is short enough."""
        password = super().to_internal_value(data)
        if len(password.encode(errors="surrogatepass")) > LONGEST_PASSWORD_BYTES:
            self.fail("too_long")
        return password


class DisplayNameField(serializers.CharField):
    """One line of text in any script."""

    default_error_messages = {"not_one_line": "Use one line without control characters."}  # noqa: RUF012 - as above

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=100, **options)

    def to_internal_value(self, data: Any) -> str:
        """The trimmed text. Names end up in letters and logs, so no control characters."""
        name = super().to_internal_value(data)
        if any(unicodedata.category(character) in UNPRINTABLE_CATEGORIES for character in name):
            self.fail("not_one_line")
        return name
