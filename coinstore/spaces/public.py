"""The spaces of an open store: `store.spaces`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine

from ..db import call
from ..models.fusion import Fitting
from ..models.registry import make_spec, preset
from ..models.spec import Precision
from ..progress import Report, Tally, finish, silent
from ..records.coin import Face
from ..rows import Rows
from . import catalogue, derive, fill, fuse, index, transfer

if TYPE_CHECKING:
    from ..models.fusion_fit import FusionEpoch
    from .learn import Learnt

SHOWN = ("space", "dims", "precision", "trained", "sides", "embedded", "faults", "indexed", "recall_at_10")


class Spaces:
    """What the spaces of a store can be asked and told; shows as the list of them.

    >>> store.spaces.add("resnet50")                                            # doctest: +SKIP
    >>> store.spaces.derive("hog_debiased", "hog", centre="collection", whiten=True)    # doctest: +SKIP
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def list(self) -> Rows[Any]:
        """The spaces: recipe, coverage, trained or not, index and its measured recall."""
        return Rows(call.look(self._engine, "api.spaces"), SHOWN)

    @property
    def default(self) -> str:
        """The space that is used where none is named: `eye_debiased` if it has vectors.

        Raises NotFound if no space has any.
        """
        return catalogue.default_space(self._engine)

    def add(
        self,
        name: str,
        model: str | None = None,
        weights: str | None = None,
        *,
        index: index.Kind = "vectors",
        **spec: Any,
    ) -> None:
        """Adds a preset, or any model under this name; `spec` changes fields of its spec.

        `index`: what its index will hold, vectors or a bit for each dimension. Raises SpaceError if a
        space of this name has another recipe, or if weights are missing.
        """
        made = make_spec(model, weights, **spec) if model else preset(name, weights, **spec)
        catalogue.add_space(self._engine, name, made, index)

    def derive(self, name: str, source: str, **derivation: Any) -> derive.Derived:
        """Makes a space from another one without means and minor axes; options as in `Derivation`."""
        return derive.derive_space(self._engine, name, derive.Derivation(source, **derivation))

    def learn(self, name: str, label: str, source: str | None = None, **lesson: Any) -> Learnt:
        """Makes a space that has learnt a label, from another one; options as in `Lesson`.

        Returns what was learnt, and how it agrees across collections that were held out.
        """
        from .learn import Lesson, learn_space  # imports scikit-learn

        return learn_space(self._engine, name, Lesson(label, source or self.default, **lesson))

    def fuse(
        self,
        name: str,
        image: str,
        text: str,
        *,
        label: str | None = None,
        hold_out: Sequence[str] = (),
        progress: Report = silent,
        **fitting: Any,
    ) -> Rows[FusionEpoch]:
        """Fits a network that joins a space of pictures and one of sentences; returns its epochs.

        With a `label` the sides of one value are brought together, else the two views of a side.
        Nothing is learned from the collections in `hold_out`. Options as in `Fitting`: seed, epochs …
        """
        how = Fitting(**{"objective": "contrastive" if label else "pairs"} | fitting)
        joint = fuse.Joint(image, text, label, tuple(hold_out))
        tally = Tally(progress, f"Fitting {name}", "epochs", how.epochs)
        return Rows(tally.each(fuse.fit_space(self._engine, name, joint, how)))

    def blend(self, name: str, weights: Mapping[str, float]) -> None:
        """Makes a space of the weighted vectors of others; nothing is learned."""
        fuse.blend_space(self._engine, name, dict(weights))

    def switch(self, name: str, other: str) -> None:
        """Swaps the names of two spaces in one transaction; a second call swaps them back."""
        catalogue.switch_spaces(self._engine, name, other)

    def distribute(self, name: str, shards: int) -> None:
        """Distributes the vectors of a space over the workers of a Citus coordinator; the coins stay here."""
        if catalogue.distribute_space(self._engine, name, shards):
            self.index(name)

    def gather(self, name: str) -> None:
        """Brings the vectors of a distributed space back to this server."""
        if catalogue.gather_space(self._engine, name):
            self.index(name)

    def index(
        self,
        name: str,
        kind: index.Kind | None = None,
        *,
        memory_mb: int | None = None,
        progress: Report = silent,
    ) -> index.Indexed:
        """Rebuilds the index of a space while others read and write, and measures its recall.

        It holds vectors, or a bit for each dimension, which takes a fraction of the memory. `memory_mb`:
        how much the build may take.
        """
        return finish(index.rebuild_index(self._engine, name, kind, memory_mb, progress), index.Indexed)

    def import_vectors(
        self,
        name: str,
        vectors: str | Path,
        names: str | Path,
        texts: str | Path | None = None,
        *,
        face: Face = "obverse",
        collection: str | None = None,
        create: bool = False,
        precision: Precision = "single",
        sees: Sequence[str] | None = None,
    ) -> int:
        """Stores vectors that another program made, a NumPy file with a name per row; returns how many.

        With `create`, missing coins are added to the collection. `sees` are the fields of the records
        that went into the vectors, [] for none; evaluations need to know. Raises SourceError and stores
        nothing if any row is wrong.
        """
        text_file = Path(texts) if texts else None
        seen = None if sees is None else tuple(sees)
        bundle = transfer.Bundle(Path(vectors), Path(names), text_file, face, collection, seen)
        count = transfer.import_vectors(self._engine, name, bundle, precision=precision, create=create)
        fill.settle(self._engine, name)
        return count

    def export_vectors(
        self, name: str, vectors: str | Path, names: str | Path, *, face: Face | None = None
    ) -> int:
        """Writes the vectors of a space as a NumPy file, with a name per row; returns how many."""
        return transfer.export_vectors(self._engine, name, Path(vectors), Path(names), face)

    def drop(self, name: str) -> None:
        """Drops a space with all its vectors; raises NotFound."""
        catalogue.drop_space(self._engine, name)

    def __repr__(self) -> str:
        return repr(self.list())

    def _repr_html_(self) -> str:
        return self.list()._repr_html_()
