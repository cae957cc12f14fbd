"""Whole models from a statement written by hand: for the few reads that every act and every frame goes through.

A query set builds its statement anew each time it is used, and that costs more than PostgreSQL needs to answer it.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TypeVar

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model

ModelT = TypeVar("ModelT", bound=Model)


def columns(model: type[Model], alias: str) -> str:
    """Every column of the model, of the table that goes by `alias`: what made() takes, in its order."""
    return ", ".join(f"{alias}.{field.column}" for field in model._meta.concrete_fields)


def made(model: type[ModelT], values: Sequence[object]) -> ModelT:
    """The model with these values of columns(), as a query set would make it."""
    return model.from_db(DEFAULT_DB_ALIAS, [field.attname for field in model._meta.concrete_fields], values)


def split(row: Sequence[object], *models: type[Model]) -> Iterator[Sequence[object]]:
    """A row of several columns() in turn; of a table that was not joined, which is all NULL, an empty one."""
    values = iter(row)
    for model in models:
        part = tuple(islice(values, len(model._meta.concrete_fields)))
        yield part if any(value is not None for value in part) else ()
