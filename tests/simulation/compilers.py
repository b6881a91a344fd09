"""Django's compilers for the simulation: the columns of a whole row are written out once for each table.

A run sends more than a thousand statements, and Django spends longer on their text than SQLite on their work.
Django takes these classes by `DatabaseOperations.compiler_module`.
"""

from __future__ import annotations

from typing import Any

from django.db.models.sql import compiler
from django.db.models.sql.compiler import (
    SQLAggregateCompiler,
    SQLDeleteCompiler,
    SQLInsertCompiler,
    SQLUpdateCompiler,
)

__all__ = [
    "SQLAggregateCompiler",
    "SQLCompiler",
    "SQLDeleteCompiler",
    "SQLInsertCompiler",
    "SQLUpdateCompiler",
]

#: By table: what Django's own compiler selects for whole rows, and how it reads them.
_selections: dict[str, Any] = {}
_converters: dict[str, Any] = {}


class SQLCompiler(compiler.SQLCompiler):
    """Selects whole rows of one table from memory, and whatever else as Django does."""

    #: The table whose whole rows this statement selects, and nothing beside them.
    _table = ""

    def get_select(self, with_col_aliases: bool = False) -> Any:  # noqa: FBT001, FBT002 - Django's signature
        """See Django; the answer is copied, since the caller may add to it."""
        self._table = "" if with_col_aliases else _table_of_whole_rows(self.query)
        if not self._table:
            return super().get_select(with_col_aliases)
        if self._table not in _selections:
            _selections[self._table] = super().get_select()
        select, rows, annotations = _selections[self._table]
        return list(select), dict(rows), dict(annotations)

    def get_converters(self, expressions: Any) -> Any:
        """See Django."""
        if not self._table or len(expressions) != len(_selections[self._table][0]):
            return super().get_converters(expressions)
        if self._table not in _converters:
            _converters[self._table] = super().get_converters(expressions)
        return _converters[self._table]


def _table_of_whole_rows(query: Any) -> str:
    is_bare = not (query.select_related or query.annotations or query.extra or query.subquery)
    is_whole = query.default_cols and query.deferred_loading == (frozenset(), True)
    table = str(query.model._meta.db_table)
    return table if is_bare and is_whole and query.get_initial_alias() == table else ""
