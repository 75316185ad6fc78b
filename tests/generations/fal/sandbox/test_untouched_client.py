"""The Python client in a process of its own, not one constant of it changed: only its environment names the sandbox."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.support.certificates import write_certificate
from tests.support.sandbox import KEY, running_sandbox

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
import json
import fal_client
given = {"prompt": "a fox", "seed": 7, "image_size": {"width": 64, "height": 64}}
endpoint = "fal-ai/flux/schnell"
print(json.dumps({
    "subscribed": fal_client.subscribe(endpoint, given)["seed"],
    "ran": fal_client.run(endpoint, given)["seed"],
    "streamed": list(fal_client.stream(endpoint, given))[-1]["seed"],
}))
"""


def test_it_submits_runs_and_streams_over_tls(tmp_path: Path) -> None:
    certificate, key = write_certificate(tmp_path)
    options = ("--tls-certificate", str(certificate), "--tls-key", str(key))
    with running_sandbox(tmp_path / "state", *options, authority=certificate) as sandbox:
        address = sandbox.base_url.removeprefix("https://")
        environment = {
            "FAL_KEY": KEY,
            "FAL_QUEUE_RUN_HOST": address,
            "FAL_RUN_HOST": f"{address}/sync",
            "SSL_CERT_FILE": str(certificate),
            "PATH": "",
        }
        finished = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, check=True)

    assert json.loads(finished.stdout) == {"subscribed": 7, "ran": 7, "streamed": 7}
