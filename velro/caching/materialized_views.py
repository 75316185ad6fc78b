"""Which materialized views there are. Features register theirs in `registrations.py`."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final


@dataclass(frozen=True, slots=True)
class MaterializedView:
    """`key` is what no two rows have in common and none lacks; PostgreSQL needs it to refresh beside readers.

    `indexes` are lists of columns by which it is read, too.
    """

    name: str
    query: str
    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...] = ()

    @property
    def fingerprint(self) -> str:
        """Differs when anything about the view does."""
        return sha256(repr((self.query, self.key, self.indexes)).encode()).hexdigest()


_views: Final[dict[str, MaterializedView]] = {}


def register_view(view: MaterializedView) -> None:
    """Make a view known. Raises ValueError if the name is taken."""
    if view.name in _views:
        raise ValueError(f"materialized view {view.name!r} is registered twice")
    _views[view.name] = view


def registered_views() -> tuple[MaterializedView, ...]:
    """All of them, in the order in which they were registered."""
    return tuple(_views.values())


def view_named(name: str) -> MaterializedView | None:
    """None for one that this version of the code does not know."""
    return _views.get(name)
