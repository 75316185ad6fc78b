"""The platform API: catalogue, prices, past requests for reconciliation, and what it refuses."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from generations.fal.sandbox.endpoints.registry import ENDPOINTS
from tests.support.sandbox import IMAGE, SMALL, Sandbox

BY_ENDPOINT = "/v1/models/requests/by-endpoint"


def list_items(sandbox: Sandbox, **query: Any) -> list[dict[str, Any]]:
    answer = sandbox.client.get(BY_ENDPOINT, params={"endpoint_id": IMAGE} | query)
    items: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
    return items


def test_the_catalogue_has_schemas_on_demand(sandbox: Sandbox) -> None:
    listed = sandbox.client.get("/v1/models").json()
    expanded = sandbox.client.get("/v1/models", params={"endpoint_id": IMAGE, "expand": "openapi-3.0"}).json()

    assert [model["endpoint_id"] for model in listed["models"]] == list(ENDPOINTS)
    schema = expanded["models"][0]["openapi"]["components"]["schemas"]["Input"]
    assert schema["required"] == ["prompt"]
    assert schema["properties"]["num_inference_steps"]["maximum"] == 12


def test_the_catalogue_is_paged(sandbox: Sandbox) -> None:
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = sandbox.client.get("/v1/models", params={"limit": 5, "cursor": cursor}).json()
        seen += [model["endpoint_id"] for model in page["models"]]
        cursor = page["next_cursor"]

    assert seen == list(ENDPOINTS)


def test_prices_are_in_dollars(sandbox: Sandbox) -> None:
    prices = sandbox.client.get("/v1/models/pricing", params={"endpoint_id": [IMAGE, "fal-ai/veo3.1"]}).json()["prices"]

    assert prices == [
        {"endpoint_id": IMAGE, "unit_price": 0.003, "unit": "megapixels", "currency": "USD"},
        {"endpoint_id": "fal-ai/veo3.1", "unit_price": 0.2, "unit": "seconds", "currency": "USD"},
    ]


def test_a_lost_submission_is_found_by_its_tag(sandbox: Sandbox) -> None:
    sandbox.set_fault("drop_after_accept")
    with pytest.raises(httpx.RemoteProtocolError):
        sandbox.client.post(
            f"/{IMAGE}", json={"prompt": "lost", "image_size": SMALL}, headers={"X-Fal-Tags": "job=1,env=test"}
        )

    found = [item for item in list_items(sandbox, expand="payloads") if item["tags"].get("job") == "1"]

    assert [item["json_input"]["prompt"] for item in found] == ["lost"]
    assert sandbox.list_requests(tag="job=1")[0]["request_id"] == found[0]["request_id"]


def test_requests_are_filtered_by_time_and_outcome(sandbox: Sandbox) -> None:
    sandbox.complete()
    between = list_items(sandbox)[0]["ended_at"]
    sandbox.complete(num_images=9)

    assert [item["status_code"] for item in list_items(sandbox)] == [422, 200]
    assert [item["status_code"] for item in list_items(sandbox, status="success")] == [200]
    assert [item["status_code"] for item in list_items(sandbox, status="user_error")] == [422]
    assert [item["status_code"] for item in list_items(sandbox, start=between)] == [422]
    assert [item["status_code"] for item in list_items(sandbox, end=between)] == [200]
    assert [item["status_code"] for item in list_items(sandbox, limit=1, cursor="1")] == [200]
    assert "json_input" not in list_items(sandbox)[0]


def test_payloads_that_were_not_to_be_stored_are_not_shown(sandbox: Sandbox) -> None:
    sandbox.client.post(f"/{IMAGE}", json={"prompt": "secret"}, headers={"X-Fal-Store-IO": "0"})

    assert "json_input" not in list_items(sandbox, expand="payloads")[0]


@pytest.mark.parametrize("query", [{"start": "yesterday"}, {"limit": "many"}, {"cursor": "x"}, {"endpoint_id": []}])
def test_a_question_that_makes_no_sense_is_a_bad_request(sandbox: Sandbox, query: dict[str, Any]) -> None:
    answer = sandbox.client.get(BY_ENDPOINT, params={"endpoint_id": IMAGE} | query)

    assert (answer.status_code, answer.json()["error_type"]) == (400, "bad_request")


@pytest.mark.parametrize("path", ["/v1/models", "/v1/models/pricing", BY_ENDPOINT, "/v1/meta"])
def test_the_platform_asks_for_a_key(sandbox: Sandbox, path: str) -> None:
    assert httpx.get(f"{sandbox.base_url}{path}", trust_env=False).status_code == 401


def test_tokens_and_meta_have_the_documented_shape(sandbox: Sandbox) -> None:
    token = sandbox.client.post("/tokens/", json={"allowed_apps": ["fast-lcm"], "token_expiration": 120}).json()

    assert isinstance(token, str)
    assert sandbox.client.get("/v1/meta").json()["webhook_ip_ranges"] == ["127.0.0.1/32", "::1/128"]
