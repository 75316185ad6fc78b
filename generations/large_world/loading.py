"""Writes rows by COPY, in the words of their models: triggers and constraints see every one."""

from collections.abc import Iterable

from django.db import connection
from django.db.models import AutoField, Field, Model
from psycopg import sql


def load(model: type[Model], rows: Iterable[Model]) -> None:
    """Write all rows of one model, as they are: no `save()`, no times of now."""
    described = model._meta  # noqa: SLF001 - documented as the way to ask a model about itself
    fields = [field for field in described.concrete_fields if not isinstance(field, AutoField)]
    columns = sql.SQL(", ").join([sql.Identifier(str(field.column)) for field in fields])
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(described.db_table), columns)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([_stored(field, row) for field in fields])


def _stored(field: "Field[object, object]", row: Model) -> object:
    return field.get_db_prep_save(getattr(row, field.attname), connection)
