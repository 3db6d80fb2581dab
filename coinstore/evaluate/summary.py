"""The figures of a run as tables for people: one row for each space, and what chance would give."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..db.call import Row
from .ranks import FIGURES, SETTINGS

Cells = dict[str, str]
NAMES = {
    "nn_agreement": "P@1",
    "precision_at_k": "precision@{k}",
    "recall_at_k": "recall@{k}",
    "map": "mAP",
    "r_precision": "R-precision",
}
SIDE_BY_SIDE = {figure: NAMES[figure] for figure in ("nn_agreement", "map", "r_precision")}
AT_K = ("precision_at_k", "recall_at_k")
RERANKED = "re-ranked"
MARK = {"leaked": "LEAKED", "untrained": "UNTRAINED"}


def labels_of(rows: Sequence[Row]) -> list[str]:
    """The labels of a run, in their order."""
    return list(dict.fromkeys(row["label"] for row in rows))


def retrieval(rows: Sequence[Row]) -> list[Cells]:
    """For each setting and space: precision and recall at k with intervals; below them what chance gives."""
    found = []
    for setting in SETTINGS:
        here = [row for row in rows if row["setting"] == setting and row["figure"] in FIGURES]
        chances = {}
        for head, of_one in _by_contestant(here):
            cells = {NAMES[f].format(k=of_one[f]["k"]): _with_interval(of_one[f]) for f in AT_K}
            found.append(
                head | {"found among": _among(setting)} | cells | {"queries": f"{of_one['map']['n']:,}"}
            )
            chances[tuple(f"{of_one[f]['chance']:.3f}" for f in AT_K)] = of_one
        for values, of_one in chances.items():
            cells = {NAMES[f].format(k=of_one[f]["k"]): v for f, v in zip(AT_K, values, strict=True)}
            # Each face may have its own dies, and then its own chances.
            face = of_one["map"]["face"] if len(chances) > 1 else ""
            found.append(
                {"space": "by chance", "face": face, "found among": _among(setting)} | cells | {"queries": ""}
            )
    return found


def side_by_side(rows: Sequence[Row]) -> list[Cells]:
    """For each space: P@1, mAP and R-precision among all others next to among other collections."""
    here = {
        setting: _by_contestant(
            row for row in rows if row["setting"] == setting and row["figure"] in SIDE_BY_SIDE
        )
        for setting in SETTINGS
    }
    found, chances = [], {}
    for n, (head, _) in enumerate(here["all"]):
        ones = {
            f"{name}, {_in_short(setting)}": here[setting][n][1][figure] if n < len(here[setting]) else None
            for figure, name in SIDE_BY_SIDE.items()
            for setting in SETTINGS
        }
        found.append(head | {name: _with_interval(row) if row else "" for name, row in ones.items()})
        cells = {name: f"{row['chance']:.3f}" if row else "" for name, row in ones.items()}
        chances[tuple(cells.values())] = cells | {"face": head["face"]}
    for cells in chances.values():
        found.append({"space": "by chance"} | cells | ({} if len(chances) > 1 else {"face": ""}))
    return found


def by_group(rows: Sequence[Row], by: str, most: int | None = None) -> list[Cells]:
    """For each value or collection, those with most queries first: the same figures, a row for each space."""
    here = [row for row in rows if row["grouped_by"] == by]
    sizes: dict[str, int] = {}
    for row in here:
        sizes[row["group_name"]] = max(sizes.get(row["group_name"], 0), row["n"])
    names = sorted(sizes, key=lambda name: (-sizes[name], name))[:most]
    place = {name: n for n, name in enumerate(names)}
    found: dict[tuple[int, int], Cells] = {}
    kept = [row for row in here if row["group_name"] in place]
    for n, (head, of_one) in enumerate(_contestants(kept)):
        for row in of_one:
            cells = found.setdefault(
                (place[row["group_name"]], n),
                {by: row["group_name"]} | head | {column: "" for column in _columns()},
            )
            short = _in_short(row["setting"])
            cells |= {f"{name}, {short}": f"{row[figure]:.3f}" for figure, name in SIDE_BY_SIDE.items()}
            cells |= {f"chance, {short}": f"{row['chance']:.3f}", f"queries, {short}": f"{row['n']:,}"}
    return [found[key] for key in sorted(found)]


def _columns() -> list[str]:
    names = [*SIDE_BY_SIDE.values(), "chance", "queries"]
    return [f"{name}, {_in_short(setting)}" for name in names for setting in SETTINGS]


def _in_short(setting: str) -> str:
    return "all" if setting == "all" else "across"


def _among(setting: str) -> str:
    return "all others" if setting == "all" else setting


def style(rows: Sequence[Row]) -> list[Cells]:
    """For each space: how often neighbours are of the query's collection, and how uneven the lists are."""
    found = []
    for head, of_one in _by_contestant([row for row in rows if row["setting"] == "all"]):
        nearest, near, skew, unlisted = (
            of_one[f]
            for f in ("same_collection_at_1", "same_collection_at_k", "hubness_skew", "antihub_share")
        )
        found.append(
            head
            | {
                "nearest of same collection": _with_interval(nearest),
                f"of the {near['k']} nearest": _with_interval(near),
                "by chance": f"{near['chance']:.3f}",
                "hubness (by chance)": f"{skew['value']:.2f} ({skew['chance']:.2f})",
                "listed by no one (by chance)": f"{unlisted['value']:.3f} ({unlisted['chance']:.3f})",
            }
        )
    return found


def classes(rows: Sequence[Row]) -> list[Cells]:
    """For each space: how similar pairs within and between classes are, and how distinct the two."""
    found = []
    for setting in SETTINGS:
        for head, of_one in _by_contestant([row for row in rows if row["setting"] == setting]):
            if "auc" not in of_one:
                continue
            found.append(
                head
                | {
                    "pairs": "all" if setting == "all" else "of two collections",
                    "within": _number(of_one["similarity_within"]),
                    "between": _number(of_one["similarity_between"]),
                    "AUC (chance 0.5)": _number(of_one["auc"]),
                    "d′": _number(of_one["d_prime"], 2),
                }
            )
    return found


def spread(rows: Sequence[Row]) -> list[Cells]:
    """For each space: random pairs, how far apart classes are, and the recall of the store's search."""
    found = []
    others = [row for row in rows if row["setting"] not in SETTINGS or row["figure"] == "search_recall"]
    keyed = [{**row, "figure": f"{row['figure']}/{row['setting']}"} for row in others]
    for head, of_one in _by_contestant(keyed):
        recalls = {key.split("/")[1]: one for key, one in of_one.items() if key.startswith("search_recall/")}
        pairs = [of_one.get(f"spread_{which}/random pairs") for which in ("p01", "mean", "p99")]
        found.append(
            head
            | {
                "random pairs: 1%, mean, 99%": ", ".join(_number(one) for one in pairs if one),
                "silhouette": _number(of_one.get("silhouette/groups")),
                "Davies-Bouldin": _number(of_one.get("davies_bouldin/groups"), 2),
                "recall@10 of search": ", ".join(
                    f"{name} {_number(one)}" for name, one in sorted(recalls.items())
                ),
            }
        )
    return found


def differences(rows: Sequence[Row]) -> list[Cells]:
    """How each space differs from the first of the run over the same queries, with p of the paired test."""
    found: dict[tuple[int, int, str], Cells] = {}
    for row in sorted(rows, key=lambda row: FIGURES.index(row["figure"])):
        marks = f" {MARK['leaked']}" * bool(row["leaked"]) + f" {MARK['untrained']}" * (not row["trained"])
        again, other = (f" {RERANKED}" * bool(row[name]) for name in ("reranked", "other_reranked"))
        head = {
            "space": f"{row['space']}{again} by {row['face']}{marks}",
            "less": f"{row['other_space']}{other} by {row['other_face']}",
            "found among": _among(row["setting"]),
        }
        p = "p < 0.001" if row["p"] < 0.001 else f"p = {row['p']:.3f}"
        cells = found.setdefault((row["evaluation_id"], row["other_id"], row["setting"]), head)
        cells[NAMES[row["figure"]].format(k=row["k"])] = f"{row['difference']:+.3f}, {p}".replace("-", "−")
    return [found[key] for key in sorted(found)]


def left_out(rows: Sequence[Row]) -> str:
    """How many coins were compared about one label, and which were left out; by face where these differ."""
    said = {_left_out(row): row["face"] for row in rows}
    return "; ".join(f"by {face}: {words}" if len(said) > 1 else words for words, face in said.items())


def _left_out(row: Row) -> str:
    said = [f"{row['coins']:,} coins with {row['label_values']:,} values of {row['label']}"]
    counts = row["counts"]
    for key, words in (
        ("without_vector", "left out for lack of a vector: {}"),
        ("placeholder", "{} have a placeholder"),
        ("accepted", "{} have it from an accepted proposal"),
        ("learnt", "{} that a space was learnt from are answers only"),
        ("alone", "the only coin with their value, so not queries: {}"),
        ("alone_across", "{} have a fellow only in their own collection"),
        ("not_asked", "{} were not queries (--limit)"),
    ):
        if counts.get(key):
            said.append(words.format(f"{counts[key]:,}"))
    return "; ".join(said)


def _by_contestant(rows: Iterable[Row]) -> list[tuple[Cells, dict[str, Row]]]:
    """Each space and face among the rows of one label: its name with marks, and its rows by figure."""
    return [(head, {row["figure"]: row for row in of_one}) for head, of_one in _contestants(rows)]


def _contestants(rows: Iterable[Row]) -> list[tuple[Cells, list[Row]]]:
    """Each space and face among the rows of one label: its name with marks, and its rows."""
    found: dict[int, tuple[Cells, list[Row]]] = {}
    for row in rows:
        head = {"space": shown_name(row), "face": row["face"]}
        found.setdefault(row["evaluation_id"], (head, []))[1].append(row)
    return list(found.values())


def shown_name(row: Row) -> str:
    """A space with its marks: re-ranked, LEAKED, UNTRAINED."""
    marks = [MARK["leaked"]] * bool(row["leaked"]) + [MARK["untrained"]] * (not row["trained"])
    return " ".join([row["space"], *[RERANKED] * bool(row["reranked"]), *marks])


def _with_interval(row: Row) -> str:
    return f"{row['value']:.3f} ({row['low']:.3f}–{row['high']:.3f})"


def _number(row: Row | None, decimals: int = 3) -> str:
    return "" if row is None else f"{row['value']:.{decimals}f}".replace("-", "−")
