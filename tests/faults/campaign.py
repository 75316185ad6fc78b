"""Seeded runs against a whole copy: people order, things break, and in the end every order is there exactly once."""

import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.faults.chaos import PASSING_FAULTS, Target, strike_at_random
from tests.support.live import running_copy
from tests.support.quick_copy import TO_BE_BROKEN

JOBS = 3
PATIENCE = 120
ENDED = {"completed", "failed", "cancelled"}
TINY = {"width": 64, "height": 64}


@dataclass(frozen=True)
class RunReport:
    """What happened in one run. `lost` did not end as completed, `doubled` were registered at FAL more than once."""

    seed: int
    strike: str
    faults: tuple[str, ...]
    seconds: float
    lost: tuple[str, ...]
    doubled: tuple[str, ...]


@dataclass
class Campaign:
    """A running copy and what the runs share."""

    target: Target
    base_url: str
    sandbox_url: str
    _token: str = field(default="", repr=False)

    def run(self, seed: int) -> RunReport:
        """One run: faults at FAL, a strike at the copy, three orders, and the count at the end."""
        chance, started = random.Random(seed), time.monotonic()  # noqa: S311 - seeded on purpose
        names = [f"seed {seed} job {number}." for number in range(JOBS)]
        faults = tuple(chance.choice(PASSING_FAULTS) if chance.random() < 0.6 else "" for _ in names)
        for name, fault in zip(names, faults, strict=True):
            if fault:
                self._set_fault(fault, name)
        with ThreadPoolExecutor(JOBS + 1) as pool:
            strike = pool.submit(strike_at_random, self.target, chance)
            endings = list(pool.map(self._order_and_wait, names))
        counts = Counter(row["input"]["prompt"] for row in self._registered())
        return RunReport(
            seed,
            strike.result(),
            tuple(filter(None, faults)),
            time.monotonic() - started,
            lost=tuple(f"{name}: {end}" for name, end in zip(names, endings, strict=True) if end != "completed"),
            doubled=tuple(f"{name}: {counts[name]}" for name in names if counts[name] != 1),
        )

    def _set_fault(self, fault: str, name: str) -> None:
        body = {"fault": fault, "times": 1, "match": {"prompt_contains": name}}
        httpx.post(f"{self.sandbox_url}/sandbox/faults", json=body, timeout=60).raise_for_status()

    def _registered(self) -> list[dict[str, Any]]:
        return list(httpx.get(f"{self.sandbox_url}/sandbox/requests", timeout=60).json()["requests"])

    def _order_and_wait(self, name: str) -> str:
        deadline = time.monotonic() + PATIENCE
        order = {"model": "fal-ai/flux/schnell", "input": {"prompt": name, "image_size": TINY}}
        headers = {"Idempotency-Key": name.replace(" ", "-")}
        generation: dict[str, Any] = {"status": "not accepted"}
        while time.monotonic() < deadline and "id" not in generation:
            generation = self._ask("POST", "/generations", order, headers) or generation
        while time.monotonic() < deadline and generation["status"] not in ENDED:
            generation = self._ask("GET", f"/generations/{generation['id']}?wait=5") or generation
        return f"{generation['status']} {json.dumps(generation.get('error'))}".removesuffix(" null")

    def _ask(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> dict[str, Any] | None:
        """The answer, or None when the copy cannot give one right now: a client tries again."""
        try:
            response = httpx.request(
                method,
                f"{self.base_url}/api/v1{path}",
                json=body,
                headers={"Authorization": f"Bearer {self._token}", **(headers or {})},
                timeout=15,
            )
        except httpx.TransportError:
            time.sleep(0.2)
            return None
        if response.status_code == httpx.codes.UNAUTHORIZED:
            self.sign_in()
            return None
        if response.status_code in {409, 500, 503}:
            time.sleep(0.2)
            return None
        assert response.is_success, response.text
        if "wait" in path and "Preference-Applied" not in response.headers:
            time.sleep(0.3)
        return dict(response.json())

    def sign_in(self) -> None:
        """As the owner of the demo."""
        credentials = {"email": "owner@velro.test", "password": "velro-demo-password"}
        response = httpx.post(f"{self.base_url}/api/v1/auth/login", json=credentials, timeout=15)
        if response.is_success:
            self._token = response.json()["access"]


@contextmanager
def running_campaign(folder: Path) -> Iterator[Campaign]:
    """A copy for the runs."""
    with running_copy(folder, module=("tests.support.quick_copy", TO_BE_BROKEN)) as copy:
        target = Target(psutil.Process(copy.process_id), copy)
        campaign = Campaign(target, copy.base_url, copy.addresses["FAL_QUEUE_URL"])
        campaign.sign_in()
        yield campaign
