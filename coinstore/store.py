"""The public face: an open store, and one method for each thing that the command line does.

Each method imports what it needs, so that `import coinstore` is fast. `progress` is a callable that
receives a `Progress` after each step of long work.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from .handles import Handles
from .progress import Report, Tally, finish, silent
from .rows import Rows

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    import networkx
    import numpy as np
    from numpy.typing import NDArray

    from .browse.serve import Served
    from .classify.run import Classified
    from .describe.summary import Description
    from .ingest import Ingested
    from .records.exports.write import Exported
    from .running.backup import BackedUp, Restored
    from .running.check import Finding
    from .search.answer import Answers
    from .spaces.fill import Filled

Face = Literal["obverse", "reverse"]
Words = str | Sequence[str]  # one name, or several


class Store(Handles):
    """An open store; close it, or use it in a `with` block. `engine` is its SQLAlchemy engine."""

    def ingest(
        self,
        source: Words,
        *,
        images: str | None = None,
        collection: str | None = None,
        map: str | None = None,
        language: Words = (),
        dry_run: bool = False,
        retry: bool = False,
        progress: Report = silent,
    ) -> Ingested:
        """Loads folders, zips or tables of coins and examines their photographs; returns the counts.

        `images` is the folder that image names are relative to, `collection` that of records which name
        none, `map` a TOML file that says which column is which field. Of texts in several languages the first
        counts that is in `language`. With `retry` photographs that could not be used are examined again; with
        an empty list of sources, those of all sources. Raises SourceError for a source that does not exist;
        one that cannot be read to its end is in `rejected`.
        """
        from .ingest import follow, ingest
        from .records.mapping import read_mapping
        from .records.reader import Reading, check

        mapping = read_mapping(map) if map else None
        languages = tuple(_several(language))
        readings = [Reading(name, collection, images, mapping, languages) for name in _several(source)]
        for reading in readings:
            check(reading)
        return follow(ingest(self.engine, readings, dry_run=dry_run, retry=retry), progress)

    def faults(self) -> Rows[Any]:
        """The values, records and photographs that could not be used, and why."""
        from .db import call

        shown = ("source", "place", "face", "space", "column_name", "value_text", "reason")
        return Rows(call.look(self.engine, "api.faults"), shown)

    def values(self, field: str | None = None, uncertain: bool = False, where: str = "true") -> Rows[Any]:
        """The names where a coin has several in a field, or an uncertain one; raises PredicateError."""
        from .curation.values import SHOWN, ValueFilter, stream_values

        return Rows(stream_values(self.engine, ValueFilter(field, uncertain, where)), SHOWN)

    def export_coins(
        self, path: str | Path, format: str, *, progress: Report = silent, **options: Any
    ) -> Exported:
        """Writes coins for other programs; options: where (a predicate over api.coins), about (`About`)."""
        from .records.exports.write import Export, export_coins

        return export_coins(self.engine, Path(path), Export(format, **options), progress)

    def export_pairs(self, path: str | Path, *, progress: Report = silent, **pairs: Any) -> int:
        """Writes the pairs that look alike and have no verdict as CSV; returns how many.

        Options as in `Pairs`: graph, where, min_certainty. Raises NotFound for an unknown graph.
        """
        from .graph.catalogue import graph_named
        from .graph.pairs import Pairs, export_pairs

        if graph := pairs.get("graph"):
            graph_named(self.engine, graph)
        return export_pairs(self.engine, Path(path), Pairs(**pairs), progress)

    def embed(self, space: Words = (), *, progress: Report = silent, **plan: Any) -> Rows[Filled]:
        """Fills spaces with the vectors that they lack; `plan` as in `Plan`: workers, device, limit, retry …

        Without a space it fills `eye` and its debiased derivative. Raises NotFound for an unknown space,
        SpaceError when weights or a device are missing.
        """
        from .spaces.claims import Plan
        from .spaces.defaults import fill
        from .spaces.fill import Filled

        steps = fill(self.engine, _several(space), Plan(**plan), progress)
        return Rows((step for step in steps if isinstance(step, Filled)), ("space", "done", "faults", "left"))

    def similar(
        self,
        coin: str | int | None = None,
        *,
        image: str | Path | Mapping[Face, str | Path] | None = None,
        text: str | Mapping[Face, str] | None = None,
        vector: NDArray[np.float32] | None = None,
        k: int = 10,
        where: str = "true",
        face: Face | Literal["both"] = "obverse",
        space: str | Mapping[str, float] | None = None,
        farthest: bool = False,
        obverse_weight: float = 0.5,
        rerank: bool = False,
    ) -> Answers:
        """The coins that look most like a coin, a photograph, a text or a vector; nearest first.

        `coin` is "collection/inventory_number", an unambiguous part of it, or an id. `image` is a path
        or an address, `text` says what a side shows; for both faces they are mappings, or `image` is one
        photograph that shows both. `vector` has shape `(dims,)`. `where` is a SQL predicate over the columns
        of api.sides (api.coins for both faces). `space` may weigh several: {"clip_image": 0.7, "hog": 0.3};
        without one it is `store.spaces.default`. `farthest` asks for the least similar. `rerank` orders the
        nearest 100 again by the coins near them. Raises NotFound, Ambiguous, PredicateError, SourceError,
        PictureError, and SpaceError if the space cannot answer.
        """
        from .search.similar import Query, Question, answer

        space = self.spaces.default if space is None else space
        name, blend = (space, None) if isinstance(space, str) else ("", space)
        question = Question(face, name, k, where, farthest, obverse_weight, blend, rerank)
        return answer(self.engine, Query(coin, image, text, vector), question)

    def sql(self, statement: str, parameters: Mapping[str, Any] | None = None) -> Rows[Any]:
        """The rows of one statement, read with a reader's rights: schemas api and part, no writing.

        `%(name)s` in the statement is a parameter; with parameters, any other % is written %%. Raises
        PredicateError for a statement that the database refuses.
        """
        from .db import call

        columns, rows = call.query(self.engine, statement, parameters)
        return Rows(rows, columns)

    def status(self) -> dict[str, Any]:
        """The server, coverage, queue, faults, indexes, settings and the last backup."""
        from .running.status import status

        return status(self.engine)

    def describe(self, where: str = "true", *, progress: Report = silent, **options: Any) -> Description:
        """Counts, gaps, imbalance, outliers and duplicates of the coins that pass `where`.

        Options: `by`, the field within which weights are compared; `years`, the length of a period;
        `space`, in which coins that agree on paper are compared.
        """
        from .describe.public import describe

        return describe(self.engine, where, progress, options)

    def evaluate(
        self,
        space: Words | None,
        label: Words,
        *,
        face: Words = "obverse",
        progress: Report = silent,
        **options: Any,
    ) -> Rows[Any]:
        """Figures of how well spaces find coins that belong together, compared with chance.

        Without a space it is `store.spaces.default`. Options: k, queries, seed, where, allow_leak. The rows
        are kept in api.evaluations, under `run`; a replica keeps none.
        """
        from .evaluate.measure import EvaluationRequest
        from .evaluate.public import evaluate

        faces: Any = _several(face)
        space = self.spaces.default if space is None else space
        request = EvaluationRequest(_several(space), _several(label), faces, **options)
        return evaluate(self.engine, request, progress)

    def classify(self, label: str, space: Words, *, progress: Report = silent, **options: Any) -> Classified:
        """Measures how well a label can be predicted, and proposes values for coins that lack one.

        Options: face, group, limit, allow_leak; model, k, strengths, balanced, seed; folds,
        min_certainty, proposes.
        """
        from .classify.public import classify

        return classify(self.engine, label, _several(space), progress, options)

    def finetune(self, label: str, name: str, *, progress: Report = silent, **options: Any) -> Classified:
        """Trains a network to predict a label; adds it as a space, and proposes values.

        Options: model, weights, face, group, limit; epochs, patience, batch_size, learning_rate, seed,
        device; min_certainty, proposes. Needs PyTorch.
        """
        from .classify.public import finetune

        return finetune(self.engine, label, name, progress, options)

    def sheet(self, coin: Words | int, path: str | Path, **options: Any) -> list[Path]:
        """Writes coins with their look-alikes as .html or .png; returns the files.

        A number draws this many coins at random, by `seed`. Options: spaces, face, k, where …
        """
        from .pages.sheets.make import Asked, Drawn, make_sheet, write_sheet

        seed = options.pop("seed", 0)
        coins = Drawn(coin, seed) if isinstance(coin, int) else _several(coin)
        return write_sheet(make_sheet(self.engine, coins, Asked(**options)), Path(path))

    def graph(self, name: str) -> networkx.DiGraph:
        """A graph as networkx has it, with the metadata of coins and edges."""
        from .graph.to_networkx import load

        return load(self.engine, name)

    def map(self, name: str) -> Rows[Any]:
        """The points of a map: coins with x and y."""
        from .db import call

        return Rows(call.read(self.engine, "part.points_of_map", map=name))

    def browse(
        self, port: int = 8400, *, login: str = "", person: str | None = None, **options: Any
    ) -> AbstractContextManager[Served]:
        """Serves the pages in which people browse, within a `with` block: `address` is where, `wait()` waits.

        Pages read as `login`; what is judged is stored in the name of `person`. Options: host, password_file,
        cert, key, behind_proxy, origins. Raises SettingsError for a port that is taken, and where others
        could read or write without a password.
        """
        from .browse.public import browse

        return browse(self.engine, port, login=login, person=person, **options)

    def check(self, *, files: bool = False) -> Rows[Finding]:
        """What is wrong in the store, where, and the command that fixes it; `files` reads all photographs."""
        from .running.check import findings

        return Rows(findings(self.engine, files=files), ("what", "place", "found", "fix"))

    def backup(self, path: str | Path, *, verify: bool = True, progress: Report = silent) -> BackedUp:
        """Writes the store into one file, and compares what a restore gives with the store."""
        from .running.backup import BackedUp, back_up

        steps = Tally(progress, "Backup", "tables").each(back_up(self.engine, Path(path), verify=verify))
        return finish(steps, BackedUp)

    def restore(self, path: str | Path, *, progress: Report = silent) -> Restored:
        """Brings a backup into this store, which must be empty."""
        from .running.backup import Restored, restore

        return finish(Tally(progress, "Restore", "tables").each(restore(self.engine, Path(path))), Restored)

    def close(self) -> None:
        """Closes the connections."""
        self.engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def _several(given: Words) -> list[str]:
    return [given] if isinstance(given, str) else list(dict.fromkeys(given))
