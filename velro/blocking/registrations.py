"""What blocking brings to processes that answer requests. Loaded once all models are."""

from velro.blocking.block_list import RENEWING
from velro.serving import BESIDE_REQUESTS

BESIDE_REQUESTS.append(RENEWING.start)
