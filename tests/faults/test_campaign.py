"""A short campaign in every test run; `make faults` runs a long one."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.faults.campaign import running_campaign

SEEDS = range(1, 6)


@pytest.mark.live
@pytest.mark.timeout(300)
def test_nothing_is_lost_or_doubled_whatever_breaks(tmp_path: Path) -> None:
    with running_campaign(tmp_path) as campaign, ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(campaign.run, SEEDS))
    assert [report for report in reports if report.lost or report.doubled] == []
    assert len({report.strike for report in reports}) > 1
