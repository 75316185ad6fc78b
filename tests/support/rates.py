"""Rate limits that no test meets by chance, as variables of the environment."""

from typing import Final

from velro.rate_limits.limits import Endpoint

QUOTA: Final = 1_000_000_000
UNLIMITED: Final = {
    "RATE_LIMIT_PER_IP": str(QUOTA),
    "RATE_LIMIT_PER_USER": str(QUOTA),
    "RATE_LIMIT_ENDPOINTS": ",".join(f"{endpoint}={QUOTA}/3600" for endpoint in Endpoint),
}
