"""How passwords are hashed."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class BoundedArgon2Hasher(Argon2PasswordHasher):
    """Argon2id at 19 MiB, two passes, one lane: the OWASP choice for servers.

    Django's 100 MiB in eight lanes would let a handful of concurrent logins take a machine's memory and every core.
    """

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
