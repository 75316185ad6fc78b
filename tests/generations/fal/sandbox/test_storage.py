"""Uploads and files: hostile names, parts in any order, ranges, lifetimes, and who may write."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from tests.support.sandbox import Sandbox


def upload(sandbox: Sandbox, content: bytes, *, name: str = "a.png", **headers: str) -> str:
    token = sandbox.client.post("/storage/auth/token", params={"storage_type": "fal-cdn-v3"}, json={}).json()["token"]
    answer = sandbox.client.post(
        "/files/upload",
        content=content,
        headers={"Authorization": f"Bearer {token}", "X-Fal-File-Name": name, "Content-Type": "image/png"} | headers,
    )
    url: str = answer.raise_for_status().json()["access_url"]
    return url


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "..", "%2e%2e", "x\\y", "a?b#c", "<svg>"])
def test_a_hostile_name_stays_a_name(sandbox: Sandbox, name: str) -> None:
    url = upload(sandbox, b"content", name=name)

    assert httpx.get(url, trust_env=False).content == b"content"
    assert not list(sandbox.state_dir.glob("*passwd*"))


def test_a_file_is_served_in_ranges(sandbox: Sandbox) -> None:
    url = upload(sandbox, b"0123456789")

    answer = sandbox.client.get(url, headers={"Range": "bytes=2-4"})

    assert (answer.status_code, answer.content) == (206, b"234")
    assert answer.headers["content-range"] == "bytes 2-4/10"
    assert sandbox.client.get(url, headers={"Range": "bytes=20-"}).status_code == 416


def test_a_file_needs_no_key(sandbox: Sandbox) -> None:
    answer = httpx.get(upload(sandbox, b"x"), trust_env=False)

    assert (answer.status_code, answer.headers["content-length"]) == (200, "1")


def test_a_file_lives_as_long_as_its_lifecycle_says(sandbox: Sandbox) -> None:
    lasting = json.dumps({"expiration_duration_seconds": 3600})
    spent = json.dumps({"expiration_duration_seconds": -1})

    answer = sandbox.client.get(upload(sandbox, b"x", **{"X-Fal-Object-Lifecycle-Preference": lasting}))

    assert answer.headers["x-fal-object-lifecycle-preference"] == lasting
    gone = upload(sandbox, b"x", **{"X-Fal-Object-Lifecycle-Preference": spent})
    assert sandbox.client.get(gone).status_code == 404


def test_an_upload_needs_a_token(sandbox: Sandbox) -> None:
    assert sandbox.client.post("/files/upload", content=b"x").status_code == 401
    assert httpx.post(f"{sandbox.base_url}/storage/auth/token", json={}, trust_env=False).status_code == 401


def test_a_rendered_file_cannot_be_overwritten(sandbox: Sandbox) -> None:
    url = sandbox.complete().json()["images"][0]["url"]

    assert sandbox.client.put(url, content=b"mine now").status_code == 404


def test_parts_are_joined_by_number_and_checked(sandbox: Sandbox) -> None:
    begun = sandbox.client.post(
        "/storage/upload/initiate-multipart", json={"content_type": "text/plain", "file_name": "big.txt"}
    ).json()
    tags = {
        number: sandbox.client.put(f"{begun['upload_url']}/{number}", content=text).json()["etag"]
        for number, text in ((2, b"world"), (1, b"hello "))
    }
    parts = [{"partNumber": number, "etag": tag} for number, tag in tags.items()]

    refused = sandbox.client.post(
        f"{begun['upload_url']}/complete", json={"parts": [*parts, {"partNumber": 3, "etag": "x"}]}
    )
    completed = sandbox.client.post(f"{begun['upload_url']}/complete", json={"parts": parts})

    assert (refused.status_code, completed.status_code) == (400, 200)
    assert sandbox.client.get(begun["file_url"]).text == "hello world"


@pytest.mark.parametrize("body", [{}, {"parts": 1}, {"parts": [{}]}, {"parts": [{"partNumber": "x", "etag": 1}]}])
def test_a_completion_that_lists_no_parts_is_refused(sandbox: Sandbox, body: object) -> None:
    url = sandbox.client.post("/storage/upload/initiate-multipart", json={}).json()["upload_url"]

    assert sandbox.client.post(f"{url}/complete", json=body).status_code == 400


@pytest.mark.parametrize("number", [0, 10_001])
def test_part_numbers_have_bounds(sandbox: Sandbox, number: int) -> None:
    url = sandbox.client.post("/storage/upload/initiate-multipart", json={}).json()["upload_url"]

    assert sandbox.client.put(f"{url}/{number}", content=b"x").status_code == 400
