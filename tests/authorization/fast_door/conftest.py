"""A process that may answer from memory, as those do that stand behind the fast door."""

from tests.authorization.freshness.conftest import _listening as _listening
from tests.authorization.freshness.conftest import listener as listener
