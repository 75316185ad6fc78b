"""No record of a decision is lost, none is there twice, and none holds up who asked."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import ExitStack
from pathlib import Path
from threading import Barrier, Thread
from time import monotonic, sleep
from uuid import uuid4

import orjson
import pytest
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from tests.generations.conftest import Person
from tests.generations.conftest import mallory as mallory
from tests.generations.conftest import owner as owner
from tests.generations.test_read_and_delete import make
from tests.support.trail import trail
from velro.audit import shipping
from velro.audit.journal import LINE_END, NOTHING, SEGMENT_BYTES, Journal
from velro.audit.models import AuditEvent
from velro.audit.services import ABSENT
from velro.audit.shipping import REJECTED, Shipper, ship_abandoned, ship_journal

pytestmark = pytest.mark.django_db
NewJournal = Callable[..., Journal]

# A process that appends the lines it is given and is killed before it could ship or close anything.
DYING = """
import os, signal, sys
from pathlib import Path
import django
import tests.support.compiled
django.setup()
from velro.audit.journal import Journal
journal = Journal(Path(sys.argv[1]))
for line in sys.stdin.buffer:
    journal.append(line)
os.kill(os.getpid(), signal.SIGKILL)
"""
# One that gets room for a few records, and no more of it.
LIMITED = """
import resource, signal, sys
from pathlib import Path
import django
import tests.support.compiled
django.setup()
from velro.audit.errors import TrailUnavailable
from velro.audit.journal import Journal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
journal, refused = Journal(Path(sys.argv[1]), segment_bytes=1000), 0
for line in sys.stdin.buffer:
    try:
        journal.append(line)
    except TrailUnavailable:
        refused += 1
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
sys.stdout.buffer.write(journal.unshipped())
sys.exit(refused)
"""


@pytest.fixture
def new_journal(tmp_path: Path) -> Generator[NewJournal]:
    """For one journal, with files as long as the test wants them."""
    with ExitStack() as stack:

        def new(*, segment_bytes: int = SEGMENT_BYTES) -> Journal:
            journal = Journal(tmp_path / "journal", segment_bytes=segment_bytes)
            stack.callback(journal.close)
            return journal

        yield new


@pytest.fixture
def journal(new_journal: NewJournal) -> Journal:
    return new_journal()


def line_of(**columns: object) -> bytes:
    record = {**ABSENT, "id": uuid4(), "at": timezone.now(), "name": "authorization.decision", "outcome": "allowed"}
    return orjson.dumps({**record, "client_address": "", "request_id": "", **columns}, option=orjson.OPT_APPEND_NEWLINE)


def in_a_process(program: str, folder: Path, lines: list[bytes]) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "velro.settings"}
    return subprocess.run(
        [sys.executable, "-c", program, str(folder)], input=b"".join(lines), env=environment, check=False,
        capture_output=True,
    )  # fmt: skip


def appending_meanwhile(journal: Journal, lines: list[bytes], *, pieces: list[int]) -> Callable[..., None]:
    """In place of bringing a piece into the table: one line is appended in the same time, as long as there are any.

    To `pieces` is added of how many lines each was.
    """

    def store(piece: bytes, _: Path) -> None:
        pieces.append(piece.count(LINE_END))
        if lines:
            journal.append(lines.pop())

    return store


class TestADecision:
    def test_is_recorded_once_though_its_transaction_is_rolled_back(self, owner: Person, mallory: Person) -> None:
        generation = make(owner)
        body = {"user": str(uuid4()), "permissions": ["read"], "expires_at": "2099-01-01T00:00:00Z"}

        answer = mallory.client.post(f"/api/v1/generations/{generation.id}/delegations", body, format="json")

        assert answer.status_code == 404
        denial = trail().get(actor_id=mallory.user.id, outcome="denied")
        assert (denial.resource_id, denial.client_address) == (generation.id, "127.0.0.1")

    @pytest.mark.usefixtures("unwritable_journal")
    def test_is_not_given_where_no_record_can_be_written(self, owner: Person) -> None:
        answer = owner.client.get(f"/api/v1/generations/{uuid4()}")

        assert (answer.status_code, answer.json()["code"]) == (503, "trail_unavailable")


class TestShipping:
    def test_fills_every_column(self, journal: Journal) -> None:
        line = line_of(
            severity="warning", reason="granted_by_break_glass", actor_id=uuid4(), session_id=uuid4(), action="a:b",
            resource_type="a", resource_id=uuid4(), client_address="127.0.0.1", request_id="r", duration_ms=1.5,
            details={"facts": 0.5},
        )  # fmt: skip
        journal.append(line)
        ship_journal(journal)

        event, sent = AuditEvent.objects.values().get(), orjson.loads(line)
        assert {name: str(value) for name, value in event.items() if name != "at"} == {
            name: str(value) for name, value in sent.items() if name != "at"
        }
        assert event["at"].isoformat() == sent["at"]

    def test_of_the_same_record_again_adds_nothing(self, journal: Journal) -> None:
        line = line_of()
        for _ in range(2):
            journal.append(line)
            ship_journal(journal)

        assert AuditEvent.objects.count() == 1

    def test_of_more_than_one_piece_loses_nothing(self, journal: Journal) -> None:
        journal.append(b"".join(line_of(details={"filling": "x" * 3000}) for _ in range(800)))
        ship_journal(journal)

        assert AuditEvent.objects.count() == 800
        assert not journal.backlog

    def test_waits_while_the_table_is_not_to_be_had(self, journal: Journal) -> None:
        journal.append(line_of())
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("ALTER TABLE audit_auditevent RENAME TO elsewhere")
            with pytest.raises(ProgrammingError):
                ship_journal(journal)
            cursor.execute("ALTER TABLE elsewhere RENAME TO audit_auditevent")
        journal.append(line_of())
        ship_journal(journal)

        assert AuditEvent.objects.count() == 2

    def test_sets_aside_what_no_table_takes_and_brings_the_rest(self, journal: Journal) -> None:
        journal.append(line_of() + line_of(outcome="o" * 11) + line_of())
        ship_journal(journal)

        assert AuditEvent.objects.count() == 2
        assert b"o" * 11 in (journal.folder / REJECTED).read_bytes()

    def test_sets_aside_what_is_more_than_postgresql_can_take_in(self, journal: Journal) -> None:
        """Not tried again and again: it is an error of a class that others share, which end by themselves."""
        depth = 100_000
        too_deep = line_of().replace(b'"details":{}', b'"details":' + b"[" * depth + b"]" * depth)
        journal.append(line_of() + too_deep + line_of())
        ship_journal(journal)

        assert AuditEvent.objects.count() == 2
        assert (journal.folder / REJECTED).read_bytes() == too_deep

    def test_empties_the_file(self, journal: Journal) -> None:
        journal.append(line_of())
        ship_journal(journal)

        (file,) = journal.folder.iterdir()
        assert not file.read_bytes().strip(NOTHING)

    def test_goes_on_in_another_file_and_removes_what_was_shipped(self, new_journal: NewJournal) -> None:
        journal = new_journal(segment_bytes=2000)
        lines = [line_of() for _ in range(20)]
        for line in lines:
            journal.append(line)
        assert len(list(journal.folder.iterdir())) > 3
        ship_journal(journal)

        left = list(journal.folder.iterdir())
        assert len(left) <= 2, "the last, and the next"
        assert not any(file.read_bytes().strip(NOTHING) for file in left)
        assert {str(event.id) for event in AuditEvent.objects.all()} == {orjson.loads(line)["id"] for line in lines}

    def test_has_the_next_file_made_beside_while_files_fill_up(self, new_journal: NewJournal) -> None:
        journal = new_journal(segment_bytes=2000)
        lines = [line_of() for _ in range(20)]
        made = set()
        for line in lines:
            journal.append(line)
            deadline = monotonic() + 10
            while len(journal._segments) > 1 and not journal._spare:
                assert monotonic() < deadline, "nobody makes it"
                sleep(0.001)
            if journal._spare:
                made.add(journal._spare.path)
        assert {segment.path for segment in list(journal._segments)[2:]} < made
        ship_journal(journal)
        journal.close()

        assert list(journal.folder.iterdir()) == []
        assert {str(event.id) for event in AuditEvent.objects.all()} == {orjson.loads(line)["id"] for line in lines}

    def test_takes_a_record_that_is_longer_than_a_file(
        self, new_journal: NewJournal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(shipping, "SMALL_PIECE_BYTES", 100)
        monkeypatch.setattr(shipping, "PIECE_BYTES", 100)
        journal = new_journal(segment_bytes=100)
        journal.append(line_of() + line_of())
        journal.append(line_of())
        ship_journal(journal)

        assert AuditEvent.objects.count() == 3

    def test_rests_while_much_comes_after_each_small_piece(
        self, journal: Journal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rests: list[float] = []
        pieces: list[int] = []
        store = appending_meanwhile(journal, [line_of() for _ in range(3)], pieces=pieces)
        monkeypatch.setattr(shipping, "_store", store)
        monkeypatch.setattr(shipping, "SMALL_PIECE_BYTES", 1)
        journal.append(b"".join(line_of() for _ in range(3)))

        ship_journal(journal, rest=rests.append)

        assert len(rests) == 3
        assert pieces == [1, 1, 1, 1, 2], "the last is all that is left, because nothing came meanwhile"
        assert not journal.backlog

    def test_rests_no_more_once_much_waits(self, journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
        rests: list[float] = []
        store = appending_meanwhile(journal, [line_of() for _ in range(3)], pieces=[])
        monkeypatch.setattr(shipping, "_store", store)
        monkeypatch.setattr(shipping, "MOST_WAITING_BYTES", 1)
        journal.append(line_of())

        ship_journal(journal, rest=rests.append)

        assert (rests, journal.backlog) == ([], 0)

    def test_is_done_by_one_thread_at_a_time(self, journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
        """Two would each ship and confirm the same, and with it what nobody shipped."""
        begun = Barrier(2)
        inside: list[bytes] = []
        seen: list[int] = []

        def store(lines: bytes, _: Path) -> None:
            inside.append(lines)
            seen.append(len(inside))
            sleep(0.1)
            inside.remove(lines)

        def ship() -> None:
            begun.wait()
            shipper._ship()

        monkeypatch.setattr(shipping, "_store", store)
        journal.append(line_of())
        shipper = Shipper(journal)
        threads = [Thread(target=ship) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert seen == [1]


class TestTheFileOfADeadProcess:
    def test_is_shipped_and_removed(self, tmp_path: Path) -> None:
        lines = [line_of() for _ in range(50)]
        assert in_a_process(DYING, tmp_path, lines).returncode == -signal.SIGKILL

        ship_abandoned(tmp_path)

        assert {str(event.id) for event in AuditEvent.objects.all()} == {orjson.loads(line)["id"] for line in lines}
        assert list(tmp_path.iterdir()) == []

    def test_may_end_in_half_a_record(self, tmp_path: Path) -> None:
        whole, half = line_of(), line_of()[:40]
        (tmp_path / "cut.jsonl").write_bytes(whole + half)

        ship_abandoned(tmp_path)

        assert str(AuditEvent.objects.get().id) == orjson.loads(whole)["id"]
        assert (tmp_path / REJECTED).read_bytes() == half + b"\n"

    def test_that_was_shipped_and_was_being_emptied_holds_nothing(self, tmp_path: Path) -> None:
        """Its first byte goes first, so that what is left of it is no half a record."""
        line = line_of()
        (tmp_path / "emptied.jsonl").write_bytes(NOTHING + line[1:] + NOTHING * 10)

        ship_abandoned(tmp_path)

        assert not AuditEvent.objects.exists()
        assert list(tmp_path.iterdir()) == []

    def test_that_cannot_be_read_holds_up_no_other(self, tmp_path: Path) -> None:
        (tmp_path / "a-folder.jsonl").mkdir()
        (tmp_path / "b.jsonl").write_bytes(line_of())

        ship_abandoned(tmp_path)

        assert AuditEvent.objects.count() == 1

    def test_is_left_alone_while_its_process_lives(self, journal: Journal) -> None:
        journal.append(line_of())
        ship_abandoned(journal.folder)

        assert not AuditEvent.objects.exists()
        assert journal.backlog


def test_a_full_disk_refuses_and_leaves_only_whole_records(tmp_path: Path) -> None:
    lines = [line_of() for _ in range(6)]
    run = in_a_process(LIMITED, tmp_path, lines)

    kept = run.stdout.splitlines(keepends=True)
    assert kept == lines[: len(kept)]
    assert 0 < run.returncode == len(lines) - len(kept)


def test_a_forked_child_writes_a_file_of_its_own(journal: Journal) -> None:
    journal.append(line_of())
    child = os.fork()
    if child == 0:
        journal.forget_after_fork()
        journal.append(line_of())
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)

    ship_abandoned(journal.folder)
    assert AuditEvent.objects.count() == 1
    ship_journal(journal)
    assert AuditEvent.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_thread_ships_by_itself_and_finishes_with_the_process(journal: Journal) -> None:
    shipper = Shipper(journal)
    journal.append(line_of())
    shipper.wake()
    deadline = monotonic() + 10
    while not AuditEvent.objects.exists() and monotonic() < deadline:
        sleep(0.02)
    assert AuditEvent.objects.count() == 1

    journal.append(line_of())
    shipper.finish()
    assert AuditEvent.objects.count() == 2
    assert list(journal.folder.iterdir()) == []
