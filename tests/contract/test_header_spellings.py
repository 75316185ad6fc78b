"""What the server makes of a header in two spellings: why a gateway must drop names with underscores.

If this fails the server has learnt to tell them apart, and the advice in the documents can go.
"""

import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.support.live import free_port

WITHIN_SECONDS = 30
ECHO = """
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ.get("HTTP_X_FORWARDED_FOR", "").encode()]
"""
OF_THE_PROXY, OF_THE_CLIENT = ("X-Forwarded-For", "192.0.2.1"), ("X_Forwarded_For", "198.51.100.7")


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Of a Granian whose application answers with the variable it was given."""
    folder, number = tmp_path_factory.mktemp("echo"), free_port()
    (folder / "echo.py").write_text(ECHO)
    granian = str(Path(sys.executable).with_name("granian"))
    command = [granian, "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(number), "echo:application"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
    try:
        wait_for(number)
        yield number
    finally:
        server.terminate()
        server.wait(WITHIN_SECONDS)


def wait_for(port: int) -> None:
    deadline = monotonic() + WITHIN_SECONDS
    while True:
        try:
            heard(port)
        except ConnectionRefusedError:
            if monotonic() > deadline:
                raise
            sleep(0.05)
        else:
            return


def heard(port: int, *headers: tuple[str, str]) -> str:
    connection = HTTPConnection("127.0.0.1", port, timeout=WITHIN_SECONDS)
    try:
        connection.putrequest("GET", "/")
        for name, value in headers:
            connection.putheader(name, value)
        connection.endheaders()
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def test_of_two_spellings_the_last_wins(port: int) -> None:
    assert heard(port, OF_THE_PROXY, OF_THE_CLIENT) == OF_THE_CLIENT[1]
    assert heard(port, OF_THE_CLIENT, OF_THE_PROXY) == OF_THE_PROXY[1]


def test_the_one_that_nobody_trusts_passes_for_the_other(port: int) -> None:
    assert heard(port, OF_THE_CLIENT) == OF_THE_CLIENT[1]


def test_the_same_spelling_twice_is_joined_in_its_order(port: int) -> None:
    assert heard(port, (OF_THE_PROXY[0], OF_THE_CLIENT[1]), OF_THE_PROXY) == "198.51.100.7,192.0.2.1"
