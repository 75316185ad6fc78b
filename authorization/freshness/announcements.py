"""Triggers that announce, in the transaction of a change, what has changed for decisions: whoever writes, and however.

They are of the code, not of a migration: installed after every migration, and looked for by each process that wants to
answer from memory. Where one is missing, nothing is answered from memory.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections, transaction

CHANNEL: Final = "velro_changes"
LISTEN: Final = f"LISTEN {CHANNEL}"
# Read by the connection that made the change, to know whom to wait for.
ANNOUNCED: Final = "velro.announced"
EVERYTHING: Final = "everything"
NAMES_EVERYTHING: Final = f"SELECT DISTINCT '{EVERYTHING}' FROM changed"  # noqa: S608 - a constant
# A notification holds 8,000 bytes.
NAMES_IN_A_PAYLOAD: Final = 120
ROWS: Final = ("INSERT", "UPDATE", "DELETE")
TRUNCATE: Final = "TRUNCATE"


@dataclass(frozen=True, slots=True)
class Announcement:
    """Of one table: which `columns` decisions read, and the dependencies that a change of them touches.

    `name` tells apart those of different features on one table.
    `dependencies` is a query of texts over `changed`, the rows with those columns as they were and as they are.
    `on` leaves out what no earlier answer could depend on, such as the arrival of a row that others do not know.
    """

    name: str
    table: str
    columns: tuple[str, ...]
    dependencies: str
    on: tuple[str, ...] = ROWS

    @property
    def triggers(self) -> tuple[str, ...]:
        """Their names; each has a function of the same name."""
        return tuple(f"announce_{self.name}_{event.lower()}" for event in (*self.on, TRUNCATE))


# Of all apps, each adding its own.
ANNOUNCEMENTS: Final[list[Announcement]] = []

# Each payload begins with a token of its own, transaction and number: who waits can tell the last from the others.
ANNOUNCE: Final = f"""
CREATE OR REPLACE FUNCTION authorization_announce(dependencies text[]) RETURNS void LANGUAGE plpgsql AS $function$
DECLARE
    transaction_id text := pg_current_xact_id()::text;
    last text := coalesce(current_setting('{ANNOUNCED}', true), '');
    number int := CASE WHEN split_part(last, '.', 1) = transaction_id THEN split_part(last, '.', 2)::int ELSE 0 END;
BEGIN
    FOR place IN 1 .. cardinality(dependencies) BY {NAMES_IN_A_PAYLOAD} LOOP
        number := number + 1;
        last := transaction_id || '.' || number;
        PERFORM pg_notify('{CHANNEL}', last || ' ' || array_to_string(
            dependencies[place : place + {NAMES_IN_A_PAYLOAD - 1}], ' '));
        PERFORM set_config('{ANNOUNCED}', last, false);
    END LOOP;
END $function$
"""
# As installed: always on, also for replicated writes, and with the very function of the code.
INSTALLED: Final = """
SELECT wanted.name, function.prosrc FROM unnest(%s::text[], %s::text[]) AS wanted (table_name, name)
  JOIN pg_trigger AS trigger ON trigger.tgname = wanted.name AND trigger.tgrelid = to_regclass(wanted.table_name)
  JOIN pg_proc AS function ON function.oid = trigger.tgfoid
 WHERE trigger.tgenabled = 'A'
"""
REFERENCED: Final = {
    "INSERT": "REFERENCING NEW TABLE AS arrived",
    "UPDATE": "REFERENCING OLD TABLE AS gone NEW TABLE AS arrived",
    "DELETE": "REFERENCING OLD TABLE AS gone",
    TRUNCATE: "",
}
BODY: Final = """
BEGIN
    PERFORM authorization_announce({names});
    RETURN NULL;
END
"""
CHANGED: Final = {
    "INSERT": "SELECT {columns} FROM arrived",
    "DELETE": "SELECT {columns} FROM gone",
    "UPDATE": """(SELECT {columns} FROM gone EXCEPT SELECT {columns} FROM arrived) UNION ALL
                 (SELECT {columns} FROM arrived EXCEPT SELECT {columns} FROM gone)""",
}


def install_announcements(*, using: str) -> None:
    """Bring functions and triggers into the database, as the code has them. What is there already is not touched."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute(ANNOUNCE)
        missing = _missing_among(ANNOUNCEMENTS, cursor)
        for announcement in ANNOUNCEMENTS:
            cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [announcement.table])
            (is_migrated,) = cursor.fetchone()
            if is_migrated and not missing.isdisjoint(announcement.triggers):
                for statement in _statements_of(announcement):
                    cursor.execute(statement)


def announce(dependency: str) -> None:
    """Have every process that answers from memory hear of this one, once the transaction is committed."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT authorization_announce(ARRAY[%s]::text[])", [dependency])


def missing_triggers(connection: psycopg.Connection[Any]) -> frozenset[str]:
    """Names of triggers that are not as they should be. Raises LookupError before the apps have said which they are."""
    if not ANNOUNCEMENTS:
        raise LookupError("no app has registered what it announces")
    with connection.cursor() as cursor:
        return _missing_among(ANNOUNCEMENTS, cursor)


def _missing_among(announcements: Iterable[Announcement], cursor: Any) -> frozenset[str]:
    wanted = {name: (it.table, body) for it in announcements for name, body in _bodies_of(it)}
    cursor.execute(INSTALLED, [[table for table, _ in wanted.values()], list(wanted)])
    found = dict(cursor.fetchall())
    return frozenset(name for name, (_, body) in wanted.items() if found.get(name) != body)


def _bodies_of(announcement: Announcement) -> Iterable[tuple[str, str]]:
    """For each trigger, the body of its function."""
    columns = ", ".join(announcement.columns)
    for event, name in zip(announcement.on, announcement.triggers, strict=False):
        changed = CHANGED[event].format(columns=columns)
        yield name, BODY.format(names=f"ARRAY(WITH changed AS ({changed}) {announcement.dependencies})")
    yield announcement.triggers[-1], BODY.format(names=f"ARRAY['{EVERYTHING}']")


def _statements_of(announcement: Announcement) -> Iterable[str]:
    """All that installs one."""
    table = announcement.table
    for (name, body), event in zip(_bodies_of(announcement), (*announcement.on, TRUNCATE), strict=True):
        yield f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $function${body}$function$"
        yield f"""
        CREATE OR REPLACE TRIGGER {name} AFTER {event} ON {table} {REFERENCED[event]}
        FOR EACH STATEMENT EXECUTE FUNCTION {name}()"""
        yield f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"
