"""People: their accounts, sessions and tokens. What a person may do is decided in `authorization`, not here."""
