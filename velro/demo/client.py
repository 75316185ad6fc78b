"""A small client of Velro's API, and what it knows how to do for the tour."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import httpx

PATIENCE = httpx.Timeout(70, connect=3)
LONGEST_WAIT = 5
EXTENSIONS = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "video/mp4": ".mp4",
    "audio/mpeg": ".mp3",
    "audio/wav": ".wav",
}


class TourInterrupted(Exception):
    """The copy does not answer as the tour needs; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Velro:
    """One signed-in person."""

    http: httpx.Client
    email: str
    user_id: str

    @classmethod
    def sign_in(cls, url: str, *, email: str, password: str) -> Self:
        """Raises TourInterrupted when nobody answers or the account is unknown."""
        http = httpx.Client(base_url=f"{url}/api/v1/", timeout=PATIENCE)
        session = _answer(http, "POST", "auth/login", {"email": email, "password": password})
        http.headers["Authorization"] = f"Bearer {session['access']}"
        return cls(http, email, session["user"]["id"])

    def models(self) -> list[dict[str, Any]]:
        """The catalogue."""
        return list(_answer(self.http, "GET", "models")["results"])

    def estimate(self, order: Mapping[str, Any]) -> str:
        """Price of an order, such as `0.003 USD`."""
        price = _answer(self.http, "POST", "generations/estimate", {"model": order["model"], "input": order["input"]})
        return f"{price['amount']} {price['currency']}"

    def create(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Order a generation; sending the same order again after a lost answer cannot create a second one."""
        return _answer(self.http, "POST", "generations", order, {"Idempotency-Key": uuid4().hex})

    def watch(self, generation_id: str, *, on_change: Callable[[Mapping[str, Any]], None]) -> dict[str, Any]:
        """Long-poll until the generation ends, whichever way. A server too busy to wait says so and is asked later."""
        while True:
            response = _send(self.http, "GET", f"generations/{generation_id}?wait={LONGEST_WAIT}")
            generation: dict[str, Any] = response.json()
            on_change(generation)
            if generation["status"] in {"completed", "failed", "cancelled"}:
                return generation
            if "Preference-Applied" not in response.headers:
                time.sleep(1)

    def download(self, asset: Mapping[str, Any], *, folder: Path, name: str) -> Path:
        """Save one asset through its signed link, which needs no token."""
        path = folder / f"{name}{EXTENSIONS.get(asset['content_type'], '.bin')}"
        with httpx.stream("GET", asset["url"], timeout=PATIENCE) as response, path.open("wb") as file:
            response.raise_for_status()
            for chunk in response.iter_bytes():
                file.write(chunk)
        return path

    def send(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Any other call of the API, and what it answers."""
        return _answer(self.http, method, path, body)

    def authorize(self, generation_id: str, *, action: str = "read") -> dict[str, Any]:
        """The decision about this person and one generation."""
        return _answer(self.http, "POST", f"generations/{generation_id}/authorize", {"action": action})


def _answer(
    http: httpx.Client, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    return dict(_send(http, method, path, body, headers).json())


def _send(
    http: httpx.Client, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
) -> httpx.Response:
    try:
        response = http.request(method, path, json=body, headers=headers)
    except httpx.TransportError as error:
        raise TourInterrupted(f"Nobody answers at {http.base_url}. Start a copy with: make run") from error
    if response.is_error:
        problem = response.json()
        faults = "; ".join(f"{fault['pointer']}: {fault['message']}" for fault in problem.get("errors", []))
        raise TourInterrupted(f"{method} {path}: {problem['title']}. {problem['detail']} {faults}".strip())
    return response
