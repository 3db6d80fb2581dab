"""The one tree of errors.

    CoinstoreError
    ├── SettingsError        a setting or an option says something impossible
    ├── SourceError          a source as a whole cannot be read
    │   └── MappingError     a mapping file says something impossible
    ├── PictureError         a photograph cannot be used
    ├── NotFound             no such coin, space or file
    │   └── Ambiguous        several things answer to one name
    ├── SpaceError           a space cannot be made, filled or asked
    ├── TermError            a name cannot stand for another
    ├── AccessError          a login cannot be made, changed or served
    ├── PredicateError       a --where that the database does not understand
    └── StoreError           the database
        ├── Unreachable      no server answers
        ├── Unsuitable       the server lacks a version, an extension or a right
        └── SchemaMismatch   the schema is missing, older or newer than this program

Each message is a plain sentence: what is wrong, where (file, row, column), what to do next.
"""

from __future__ import annotations


class CoinstoreError(Exception):
    """The root: catching it catches everything that coinstore raises on purpose."""


class SettingsError(CoinstoreError):
    """A setting or an option says something impossible."""


class SourceError(CoinstoreError):
    """A source as a whole cannot be read; other sources go on."""


class MappingError(SourceError):
    """A mapping file says something impossible."""


class PictureError(CoinstoreError):
    """A photograph cannot be used; the message says why."""


class NotFound(CoinstoreError):
    """No such coin, space or file."""


class Ambiguous(NotFound):
    """Several things answer to one name; the message lists some of them."""


class SpaceError(CoinstoreError):
    """A space cannot be made, filled or asked."""


class TermError(CoinstoreError):
    """A name cannot stand for another."""


class AccessError(CoinstoreError):
    """A login cannot be made or changed, or the server not be opened to it."""


class PredicateError(CoinstoreError):
    """A predicate that the database does not understand."""


class StoreError(CoinstoreError):
    """The database refused or failed."""


class Unreachable(StoreError):
    """No server answers at the address."""


class Unsuitable(StoreError):
    """The server lacks a version, an extension or a right."""


class SchemaMismatch(StoreError):
    """The schema is missing, older or newer than this program."""
