"""What operators see of the layers: on the first page of the admin, and on that about caches."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from authorization.layer_times import LayerTimes, layer_times


def read_layer_times(_request: HttpRequest) -> Mapping[str, Any]:
    """No statement: the histograms of this process."""
    return {"layers": [_shown(times) for times in layer_times()]}


def _shown(times: LayerTimes) -> dict[str, Any]:
    return {
        "times": times,
        "percent": min(round(100 * times.p95_ms / times.budget_ms), 100) if times.budget_ms else 0,
        "is_over": times.p95_ms > times.budget_ms,
    }
