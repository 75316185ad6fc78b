"""A process that may answer from memory."""

from tests.authorization.freshness.conftest import _listening as _listening
from tests.authorization.freshness.conftest import listener as listener
