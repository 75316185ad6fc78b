"""What was deleted 30 days ago is gone, files first; and what ended without assets leaves no files."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from generations.media.storage import open_stored, store_bytes
from generations.models import Asset, Generation, Submission
from generations.services import purge
from generations.services.collect import collect_outputs
from generations.services.purge import purge_deleted_generations
from generations.states import Status
from generations.tasks import purge_deleted
from tests.generations.conftest import Fal, Person, stored
from tests.generations.test_read_and_delete import make
from tests.support.work import run_due_work, run_next_work

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    """Where files lie."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media" / "generations"


def with_files(person: Person, **attributes: Any) -> Generation:
    ended = {"status": Status.CANCELLED, "finished_at": timezone.now()}
    generation = make(person, **ended | attributes)
    key = f"generations/{generation.id}/a.png"
    Asset.objects.create(
        generation=generation,
        index=0,
        kind="image",
        content_type="image/png",
        bytes=1,
        sha256="ab" * 32,
        storage_key=key,
        thumbnail_key="b",
    )
    Submission.objects.create(
        generation=generation, attempt=1, webhook_digest=generation.id.hex * 2, sent_at=timezone.now()
    )
    store_bytes(key, b"picture")
    store_bytes(f"generations/{generation.id}/left-behind.png", b"of a try that died")
    return generation


def deleted_for(days: float) -> dict[str, Any]:
    return {"deleted_at": timezone.now() - timedelta(days=days)}


def test_what_was_deleted_long_ago_loses_files_and_rows(owner: Person, media: Path) -> None:
    kept = [with_files(owner), with_files(owner, **deleted_for(29.9))]
    with_files(owner, **deleted_for(30.1))

    purge_deleted()

    assert set(Generation.objects.all()) == set(kept)
    assert {submission.generation for submission in Submission.objects.all()} == set(kept)
    assert {folder.name for folder in media.iterdir()} == {str(generation.id) for generation in kept}
    for asset in Asset.objects.all():
        with open_stored(asset.storage_key) as file:
            assert file.read() == b"picture"


def test_a_batch_is_the_most_of_one_run_and_the_longest_deleted_go_first(
    owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purge, "BATCH", 2)
    last = with_files(owner, **deleted_for(31))
    for days in (33, 32):
        with_files(owner, **deleted_for(days))

    assert purge_deleted_generations() == 2
    assert list(Generation.objects.all()) == [last]
    assert [purge_deleted_generations() for _ in range(2)] == [1, 0]


def test_files_that_cannot_be_removed_keep_their_row_and_no_other(owner: Person, media: Path) -> None:
    stuck = with_files(owner, **deleted_for(40))
    with_files(owner, **deleted_for(31))
    (media / str(stuck.id) / "a folder").mkdir()

    assert purge_deleted_generations() == 1
    assert list(Generation.objects.all()) == [stuck]

    (media / str(stuck.id) / "a folder").rmdir()
    assert purge_deleted_generations() == 1


@pytest.mark.django_db(transaction=True)
def test_rows_stay_until_the_files_are_gone(owner: Person, media: Path) -> None:
    with_files(owner, **deleted_for(31))

    def refuse_to_delete_rows(execute: Any, sql: str, *more: Any) -> Any:
        if sql.startswith("DELETE"):
            raise KeyboardInterrupt
        return execute(sql, *more)

    with connection.execute_wrapper(refuse_to_delete_rows), pytest.raises(KeyboardInterrupt):
        purge_deleted_generations()
    assert list(media.iterdir()) == []

    assert purge_deleted_generations() == 1


def test_one_that_was_called_off_while_its_files_came_leaves_none(owner: Person, fal: Fal, media: Path) -> None:
    generation = stored(owner.create(num_images=2))
    run_due_work()
    fal.wait_until_done(generation)
    fal.sandbox.set_fault("file_truncated", times=None, match={})
    store_bytes(f"generations/{generation.id}/left-behind.png", b"of a try that died")
    run_next_work()
    owner.client.delete(f"/api/v1/generations/{generation.id}")

    run_next_work()

    assert not (media / str(generation.id)).exists()


def test_one_that_failed_leaves_no_files(owner: Person, fal: Fal, media: Path) -> None:
    fal.sandbox.set_fault("file_wrong_type", times=None)
    generation = stored(owner.create())
    run_due_work()
    fal.wait_until_done(generation)
    store_bytes(f"generations/{generation.id}/left-behind.png", b"of a try that died")

    run_next_work()

    assert owner.read(generation.id).json()["status"] == "failed"
    assert not (media / str(generation.id)).exists()


def test_collecting_what_is_complete_takes_nothing_away(owner: Person, fal: Fal, media: Path) -> None:
    generation = stored(owner.create())
    run_due_work()
    fal.wait_until_done(generation)
    run_next_work()

    assert collect_outputs(generation.id) is None

    assert len(list((media / str(generation.id)).iterdir())) == 2
