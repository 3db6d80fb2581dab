"""How surely matching tells dies apart, and how many pairs it compares in a second.

python tests/benchmarks/match.py [--coins 400] [--real FOLDER] [--some 2000] [--all] [--any-turn] [--fit] [--processes 2] [--seed 200]

Drawn coins: 60 dies of each face, all pairs of obverses. Real coins: obverses of at least 300 px are
restruck, all pairs of these and of the other coins are compared; with `--all` the coins that were fitted to
are among the others, too (1.2 million pairs, 40 minutes on two idle cores). With `--any-turn` the drawn coins lie
before the camera as they fell, and are compared so; no real coins are. `--fit` counts the evidence of patches and
fits the calibration that coinstore ships, to other seeds and other real coins, and writes both and its
reliability on pairs that were not fitted to.
"""

import argparse
import csv
import json
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from multiprocessing import Pool
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

import numpy as np
from PIL import Image
from scratch import bounded, end
from sklearn.metrics import adjusted_rand_score, precision_recall_curve

from coinstore.dies.cluster import Evidence, groups_of
from coinstore.images.discs import find
from coinstore.matching import Match, Parameters, Side, calibrate, compare_many, evidence, shipped, side
from coinstore.synthetic import Mintage, restrike

REAL = Path(__file__).parents[3] / "shared/data/roman"
LARGE_PX = 150  # the radius of a coin that can be restruck
FIT, ASKED = 100, 200  # seeds; those from FIT on are for fitting
LINK = 0.9  # the probability of a link
BOUNDS = {"drawn": (0.98, 0.85), "restruck": (0.95, 0.7), "turned": (0.98, 0.6)}  # of precision and recall
MINTAGES, FITTED = 3, 120  # that are fitted to, and coins of each
LARGE = 200  # of the real coins that are fitted to
STEP = 48  # sides that one is compared with at once
Known = tuple[str, str, Side]
"""The name of the die, what the side shows (its type or portrait), and the side."""


@dataclass(frozen=True)
class Compared:
    """All pairs of some sides: who, whether they are of one die, whether they show the same, and the match."""

    pairs: list[tuple[int, int]]
    same: np.ndarray
    alike: np.ndarray
    matches: list[Match]
    cpu_s: float


def drawn(job: tuple[int, int, bool]) -> Known:
    """An obverse of a mintage of four types with fifteen dies each."""
    seed, index, any_turn = job
    mintage = Mintage(seed=seed, types=4, dies=15, varied=True, any_turn=any_turn)
    picture = mintage.picture(index, "obverse")
    coin = mintage.coin(index)
    return coin.obverse_die, coin.type, side(picture, find(picture).coins[0], Parameters())


def real(job: tuple[Path, str, int | None]) -> list[Known]:
    """A real obverse; with a seed also another coin of its die, if the photograph is large enough."""
    path, portrait, seed = job
    picture = Image.open(path).convert("RGB")
    outline = find(picture).coins[0]
    found = [(path.stem, portrait, side(picture, outline, Parameters()))]
    if seed is not None and outline.radius_px >= LARGE_PX and outline.certainty > 0.5:
        other = restrike(picture, seed + int(path.stem[:5]), outline)
        found.append((path.stem, portrait, side(other, find(other).coins[0], Parameters())))
    return found


def real_jobs(
    folder: Path, some: int, seed: int, *, with_others: bool = False
) -> list[tuple[Path, str, int | None]]:
    """Coins with a portrait, the largest photographs first; those for fitting and those that are asked differ.

    `with_others` adds those for the other purpose, without a seed.
    """
    with (folder / "records.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["portrait"]]
    jobs = [
        (folder / "images" / row["obverse_image"], row["portrait"], seed if n % 2 == (seed == FIT) else None)
        for n, row in enumerate(rows)
    ]
    jobs = sorted(jobs, key=lambda job: -job[0].stat().st_size)
    asked = [job for job in jobs if job[2] is not None][:some]
    return asked + [job for job in jobs if job[2] is None and with_others]


class Row:
    """The sides that a process got when it started, and how it compares them."""

    sides: ClassVar[list[Side]] = []
    settings: ClassVar[Parameters] = Parameters()

    @classmethod
    def keep(cls, sides: list[Side], settings: Parameters) -> None:
        cls.sides, cls.settings = sides, settings

    @classmethod
    def at(cls, place: int) -> tuple[list[Match], float]:
        """A side compared with all before it, and the seconds of the processor."""
        started = time.process_time()
        found: list[Match] = []
        for begin in range(0, place, STEP):
            some = cls.sides[begin : min(begin + STEP, place)]
            found += compare_many(cls.sides[place], some, cls.settings)
        return found, time.process_time() - started


def every_pair(sides: list[Known], processes: int, *, any_turn: bool = False) -> Compared:
    kept = [one[2] for one in sides], Parameters(any_turn=any_turn)
    with Pool(processes, Row.keep, kept) as pool:
        rows = pool.map(Row.at, range(1, len(sides)), chunksize=1)
    pairs = [(i, j) for i in range(1, len(sides)) for j in range(i)]
    dies, shown = (np.array([one[part] for one in sides]) for part in (0, 1))
    first, second = np.array(pairs).T
    return Compared(
        pairs,
        dies[first] == dies[second],
        shown[first] == shown[second],
        [match for row, _ in rows for match in row],
        sum(cpu_s for _, cpu_s in rows),
    )


def sides_of(work: Callable, jobs: list, processes: int) -> list[Known]:
    started = time.perf_counter()
    with Pool(processes) as pool:
        found = pool.map(work, jobs, chunksize=2)
    sides = [one for some in found for one in (some if isinstance(some, list) else [some])]
    print(f"  {len(sides)} sides in {time.perf_counter() - started:.0f} s, in {processes} processes")
    return sides


def tell(what: str, compared: Compared, sides: list[Known]) -> None:
    """Prints precision and recall of links, how well groups fit the dies, reliability and speed."""
    said = np.array([shipped().probability(match) for match in compared.matches])
    same = compared.same
    full = np.array([match.transform is not None for match in compared.matches])
    print(
        f"  {len(same)} pairs, {same.sum()} of one die; {full.sum()} checked in full ({(full & same).sum()})"
    )
    print(f"  {len(same) / compared.cpu_s:.0f} pairs a second on one core, first stage and full checks")
    for least in (0.5, LINK, 0.95, 0.96):
        links = said >= least
        precision = same[links].mean() if links.any() else 1.0
        recall = (links & same).sum() / max(same.sum(), 1)
        bounds = ""
        if least == LINK:
            bounds = f" ({bounded(f'precision, {what}', precision, BOUNDS[what][0])}"
            bounds += f", {bounded(f'recall, {what}', recall, BOUNDS[what][1])})"
        print(f"  links of at least {least}: precision {precision:.3f}, recall {recall:.3f}{bounds}")
    groups = groups_of(Evidence(len(sides), np.array(compared.pairs), said), LINK)
    score = float(adjusted_rand_score([side[0] for side in sides], groups))
    bound = bounded(f"ARI, {what}", score, 0.9)
    print(
        f"  {len(set(groups.tolist()))} groups of {len({side[0] for side in sides})} dies: ARI {score:.3f}, {bound}"
    )
    precision, recall, _ = precision_recall_curve(same, said)
    least, bound = BOUNDS[what]
    reached = float(recall[precision >= least].max())
    words = bounded(f"recall at a precision of {least}, {what}", reached, bound)
    print(f"  recall at a precision of {least}: {reached:.3f}, {words}")
    for n in np.flatnonzero((said >= LINK) & ~same):
        first, second = (sides[end][0] for end in compared.pairs[n])
        print(f"  a link of two that are not known to be of one die: {first}, {second}, {said[n]:.3f}")
    wrong = ~compared.alike
    bound = bounded(
        f"1 less the probability of other portraits, {what}", 1 - float(said[wrong].max()), 1 - LINK
    )
    print(
        f"  the highest probability of two with other types or portraits: {said[wrong].max():.3f}; 1 less it: {bound}"
    )
    print(f"  missed: {np.mean(~full[same]):.3f} of the pairs of one die have no transform")
    how = calibrate.measured(said, same)
    print(f"  Brier score {how.brier:.4f}, gap {how.gap:.4f}; bins (said, is so, pairs):")
    print("   ", "  ".join(f"{a:.2f} {b:.2f} {n}" for a, b, n in how.bins))


def fit(arguments: argparse.Namespace) -> None:
    """Writes the evidence, the calibration and its reliability, by other coins than those that are asked.

    The reliability is of pairs that were not fitted to: each mintage, and the real coins, by all the others.
    """
    found: list[Compared] = []
    for seed in range(FIT, FIT + MINTAGES):
        sides = sides_of(drawn, [(seed, i, False) for i in range(FITTED)], arguments.processes)
        found.append(every_pair(sides, arguments.processes))
    words = f"{MINTAGES * FITTED} drawn coins"
    if arguments.real.exists():
        sides = sides_of(real, real_jobs(arguments.real, LARGE, FIT), arguments.processes)
        found.append(every_pair(sides, arguments.processes))
        words += f" and {len(sides)} obverses of Roman coins, some restruck from the photograph of another"
    said: list[float] = []
    place = evidence.SHIPPED
    with TemporaryDirectory() as folder:  # A run that is killed leaves the files of coinstore as they are.
        evidence.SHIPPED = Path(folder) / place.name
        for n, asked in enumerate(found):
            made = fitted_to(found[:n] + found[n + 1 :], words)
            said += [made.probability(match) for match in asked.matches]
        how = calibrate.measured(np.array(said), np.concatenate([one.same for one in found]))
        made = fitted_to(found, words)
        shutil.copyfile(evidence.SHIPPED, place)
    evidence.SHIPPED = place
    calibrate.SHIPPED.write_text(made.to_json() + "\n", encoding="utf-8")
    calibrate.RELIABILITY.write_text(json.dumps(asdict(how), indent=1) + "\n", encoding="utf-8")
    shipped.cache_clear()


def fitted_to(found: list[Compared], words: str) -> calibrate.Calibration:
    """The calibration for some pairs; the evidence, which it needs, is written to evidence.SHIPPED."""
    same = np.concatenate([one.same for one in found])
    alike = np.concatenate([one.alike for one in found])
    matches = [match for one in found for match in one.matches]
    reliefs = [match.dense for match in matches]
    table = evidence.counted(
        (relief for relief, is_so in zip(reliefs, same, strict=True) if relief and is_so),
        (relief for relief, is_so in zip(reliefs, alike & ~same, strict=True) if relief and is_so),
    )
    evidence.SHIPPED.write_text(json.dumps({"evidence": table}, indent=1) + "\n", encoding="utf-8")
    evidence.shipped.cache_clear()
    return calibrate.fit(matches, same.tolist(), words)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--coins", type=int, default=400)
    parser.add_argument("--real", type=Path, default=REAL)
    parser.add_argument("--some", type=int, default=2000)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--any-turn", action="store_true")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=ASKED)
    parser.add_argument("--fit", action="store_true")
    arguments = parser.parse_args()
    if arguments.seed in range(FIT, FIT + MINTAGES):
        parser.error(f"--seed {arguments.seed}: coins of this seed are fitted to; give another one")
    if arguments.fit:
        print("Fitting")
        fit(arguments)
    print("Drawn coins")
    jobs = [(arguments.seed, i, arguments.any_turn) for i in range(arguments.coins)]
    sides = sides_of(drawn, jobs, arguments.processes)
    if arguments.any_turn:
        upright = every_pair(sides, arguments.processes)
        said = np.array([shipped().probability(match) for match in upright.matches]) >= LINK
        print(f"  compared as if upright: recall of links {said[upright.same].mean():.3f}")
        tell("turned", every_pair(sides, arguments.processes, any_turn=True), sides)
        end()
        return
    tell("drawn", every_pair(sides, arguments.processes), sides)
    if not arguments.real.exists():
        print(f"No real coins in {arguments.real}; name their folder with --real.")
        end()
        return
    print("Real coins, some restruck")
    jobs = real_jobs(arguments.real, arguments.some, arguments.seed, with_others=arguments.all)
    sides = sides_of(real, jobs, arguments.processes)
    tell("restruck", every_pair(sides, arguments.processes), sides)
    end()


if __name__ == "__main__":
    main()
