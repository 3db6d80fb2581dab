"""The tree of errors: catching `CoinstoreError` catches all that coinstore raises on purpose.

    CoinstoreError
    ├── SettingsError        a setting or an option has an impossible value
    ├── SourceError          a source as a whole cannot be read
    │   ├── MappingError     a mapping file has an impossible entry
    │   └── TooLarge         a file has more bytes than coinstore reads
    ├── PictureError         a photograph cannot be used
    ├── NotFound             there is no such coin, space or file
    │   └── Ambiguous        a name means several things
    ├── SpaceError           a space cannot be made, filled or searched
    ├── TermError            a name cannot be an alias of another
    ├── Changed              somebody changed in the meantime what a step is about
    ├── AccessError          a login cannot be made, changed or served
    ├── PredicateError       SQL of the user that the database refuses
    └── StoreError           the database refused or failed
        ├── Unreachable      no server answers
        ├── NoConnection     all connections are in use
        ├── Unsuitable       the server lacks a version, an extension or a right
        └── SchemaMismatch   the schema is missing, older or newer than this program

Each message is a plain sentence: what is wrong, where (file, row, column), what to do next.
"""

from __future__ import annotations


class CoinstoreError(Exception):
    """The root of the tree."""


class SettingsError(CoinstoreError):
    """A setting or an option has an impossible value."""


class SourceError(CoinstoreError):
    """A source as a whole cannot be read; other sources are still read."""


class MappingError(SourceError):
    """A mapping file has an impossible entry."""


class TooLarge(SourceError):
    """A file has more bytes than coinstore reads at once."""


class PictureError(CoinstoreError):
    """A photograph cannot be used; the message says why."""


class NotFound(CoinstoreError):
    """There is no such coin, space or file."""


class Ambiguous(NotFound):
    """A name means several things; the message lists some of them."""


class SpaceError(CoinstoreError):
    """A space cannot be made, filled or searched."""


class TermError(CoinstoreError):
    """A name cannot be an alias of another."""


class Changed(CoinstoreError):
    """Somebody changed in the meantime what a step is about; nothing was done, and that change stays."""


class AccessError(CoinstoreError):
    """A login cannot be made or changed, or the server cannot be opened to it."""


class PredicateError(CoinstoreError):
    """SQL of the user, a predicate or a statement, that the database does not understand or not allow."""


class StoreError(CoinstoreError):
    """The database refused or failed."""


class Unreachable(StoreError):
    """No server answers at the address."""


class NoConnection(StoreError):
    """All connections to the database are in use."""


class Unsuitable(StoreError):
    """The server lacks a version, an extension or a right."""


class SchemaMismatch(StoreError):
    """The schema is missing, older or newer than this program."""
