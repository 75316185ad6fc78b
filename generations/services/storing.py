"""From the files that FAL names to unsaved assets whose bytes lie in our own storage."""

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from uuid import UUID

import structlog

from generations.fal.catalogue import MediaKind
from generations.media.errors import OutputProblem, OutputRejected, OutputUnavailable
from generations.media.fetch import FetchedFile, fetch_output
from generations.media.probe import probe
from generations.media.storage import delete_files_of, media_key, store_bytes, store_file, thumbnail_key
from generations.media.thumbnails import thumbnail_of
from generations.models import Asset, Generation
from generations.states import TERMINAL, Status

log = structlog.get_logger(__name__)

# All downloads of one try. The rest of the worker's time for a task is for measuring and storing.
TRY_SECONDS: Final = 300.0
WITHOUT_ASSETS: Final = TERMINAL - {Status.COMPLETED}


def store_outputs(generation: Generation, outputs: Sequence[str], *, is_last_try: bool) -> list[Asset]:
    """Store what is usable of the files at these addresses; one bad file does not cost the others.

    Raises OutputUnavailable while another try may bring more, and the first problem when nothing is usable.
    """
    ends_at = time.monotonic() + TRY_SECONDS
    assets: list[Asset] = []
    problems: list[OutputProblem] = []
    with TemporaryDirectory(prefix="velro-outputs-") as folder:
        for index, url in enumerate(outputs):
            try:
                seconds = ends_at - time.monotonic()
                file = fetch_output(url, kind=MediaKind(generation.kind), folder=Path(folder), seconds=seconds)
                assets.append(_store_output(generation, file, index=index))
            except OutputRejected as problem:
                problems.append(problem)
            except OutputUnavailable as problem:
                if not is_last_try:
                    raise
                problems.append(problem)
    for left_out in problems:
        log.warning("output_left_out", generation_id=str(generation.id), code=left_out.code)
    if problems and not assets:
        raise problems[0]
    return assets


def discard_orphans(generation_id: UUID) -> None:
    """Remove what tries left of a generation that ended without assets, such as one called off meanwhile."""
    if Generation.objects.filter(id=generation_id, status__in=WITHOUT_ASSETS).exists():
        delete_files_of(generation_id)


def asset_id_of(generation_id: UUID, *, index: int) -> UUID:
    """The same output has the same id whoever stores it, so that storing it again replaces it.

    A well-formed version 4.
    """
    digest = hashlib.sha256(generation_id.bytes + index.to_bytes(2)).digest()
    return UUID(bytes=digest[:16], version=4)


def _store_output(generation: Generation, file: FetchedFile, *, index: int) -> Asset:
    kind = MediaKind(generation.kind)
    facts = probe(file.path, kind=kind, content_type=file.content_type)
    thumbnail = thumbnail_of(file.path, kind=kind, content_type=file.content_type)
    asset_id = asset_id_of(generation.id, index=index)
    asset = Asset(
        id=asset_id,
        generation=generation,
        index=index,
        kind=kind,
        content_type=file.content_type,
        bytes=file.bytes,
        sha256=file.sha256,
        width=facts.width,
        height=facts.height,
        duration=facts.duration,
        storage_key=media_key(generation.id, asset_id=asset_id, content_type=file.content_type),
        thumbnail_key=thumbnail_key(generation.id, asset_id=asset_id),
    )
    store_file(asset.storage_key, file.path)
    store_bytes(asset.thumbnail_key, thumbnail)
    file.path.unlink()
    return asset
