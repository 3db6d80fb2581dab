"""Outlines: how well coins are found in drawn photographs, whose truth is known, and in real ones.

It prints the shares that are found, how true the certainty is, and the time for a photograph. With
`--sheets FOLDER` it writes contact sheets of the real ones with their outlines, to be looked at. With `--fit` it
prints the weights of the certainty that fit the drawn photographs best.
"""

import argparse
import math
import random
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from scratch import bounded, end, real_data

sys.path.insert(0, str(Path(__file__).parents[1]))

from grounds import GROUNDS, THINGS, Drawn, many_discs, no_coin, one_coin, two_faces

from coinstore.images.candidates import Candidate, candidates, features
from coinstore.images.discs import Found, find
from coinstore.images.outline import Outline

LEAST_FOUND = 0.99  # of real photographs
RIGHT = 0.06  # an outline whose centre or radius is this much of the radius away from the truth is wrong
CELL_PX, COLUMNS = 150, 20


def error(found: tuple[float, float, float], truth: tuple[float, float, float]) -> float:
    """How far the centre or the radius is from the truth, as a share of the true radius."""
    x, y, radius = found
    return max(math.hypot(x - truth[0], y - truth[1]), abs(radius - truth[2])) / truth[2]


def place(outline: Outline) -> tuple[float, float, float]:
    return outline.x_px, outline.y_px, outline.radius_px


def print_drawn(count: int) -> None:
    """Shares of drawn photographs whose coin is found, by what disturbs it."""
    print("| ground | disturbed by | within 2% | within 4% | within 8% |\n|---|---|---|---|---|")
    all_errors = []
    for names, kind in ((GROUNDS, "ground"), (THINGS, "thing")):
        for name in names:
            drawn = [one_coin(seed, **{"kind" if kind == "ground" else kind: name}) for seed in range(count)]
            errors = np.array([error(place(find(one.picture).coins[0]), one.coins[0]) for one in drawn])
            shares = " | ".join(f"{(errors < most).mean():.2f}" for most in (0.02, 0.04, 0.08))
            print(
                f"| {name if kind == 'ground' else 'all'} | {name if kind == 'thing' else 'all'} | {shares} |"
            )
            all_errors.append(errors)
    errors = np.concatenate(all_errors)
    print(f"| all | all | {' | '.join(f'{(errors < most).mean():.2f}' for most in (0.02, 0.04, 0.08))} |")
    faces = [(two_faces(seed), seed) for seed in range(count)]
    told = [_told(find(one.picture), one, seed) for one, seed in faces]
    unclear = [find(many_discs(seed).picture).problem is not None for seed in range(count)]
    none = [find(no_coin(seed).picture).coins[0].certainty > 0 for seed in range(2 * count)]
    print(f"\ntwo faces told apart: {np.mean(told):.2f}; unclear ones that say so: {np.mean(unclear):.2f};")
    print(f"photographs without a coin where one is found: {np.mean(none):.3f}")


def _told(found: Found, drawn: Drawn, seed: int) -> bool:
    wanted = "one above the other" if seed % 3 == 2 else "side by side"
    return found.arrangement == wanted and all(
        error(place(coin), truth) < 0.1 for coin, truth in zip(found.coins, drawn.coins, strict=True)
    )


def labelled(count: int) -> list[tuple[Candidate, tuple[float, ...], bool]]:
    """Candidates of drawn photographs, what their certainty follows from, and whether they are right."""
    drawn = [one_coin(seed) for seed in range(count)]
    drawn += [no_coin(seed) for seed in range(count // 3)] + [two_faces(seed) for seed in range(count // 6)]
    return [
        (
            found,
            features(found.rim, one.picture),
            any(error(found.rim.disc, truth) < RIGHT for truth in one.coins),
        )
        for one in drawn
        for found in candidates(one.picture)
    ]


def print_certainty(count: int, *, fits: bool) -> None:
    """How often candidates are right, by their certainty."""
    found = labelled(count)
    right = np.array([is_right for _, _, is_right in found])
    certainty = np.array([one.certainty for one, _, _ in found])
    print("\n| certainty | candidates | right |\n|---|---|---|")
    for low, high in ((0, 0.1), (0.1, 0.4), (0.4, 0.7), (0.7, 0.9), (0.9, 1.01)):
        chosen = (certainty >= low) & (certainty < high)
        share = f"{right[chosen].mean():.2f}" if chosen.any() else ""
        print(f"| {low}–{min(high, 1)} | {chosen.sum()} | {share} |")
    if fits:
        _print_fit(np.array([row for _, row, _ in found]), right)


def _print_fit(rows: np.ndarray, right: np.ndarray) -> None:
    from sklearn.linear_model import LogisticRegression

    mean, scale = rows.mean(axis=0), rows.std(axis=0)
    model = LogisticRegression().fit((rows - mean) / scale, right)
    weights = model.coef_[0] / scale
    print(f"\nWEIGHTS = {tuple(float(round(weight, 3)) for weight in weights)}")
    print(f"BIAS = {float(round(model.intercept_[0] - weights @ mean, 3))}")


def print_real(files: list[Path], sheets: Path | None) -> None:
    """What is found in real photographs, and how long it takes."""
    found, spent = {}, 0.0
    for file in files:
        picture = Image.open(file).convert("RGB")
        started = time.process_time()
        found[file] = find(picture)
        spent += time.process_time() - started
    share = np.mean([one.coins[0].certainty > 0 for one in found.values()])
    arranged = Counter(one.arrangement or one.problem or "one coin" for one in found.values())
    print(
        f"\n{len(files):,} photographs: {share:.4f} found"
        f" ({bounded('the share of photographs with an outline', float(share), LEAST_FOUND)}), {1000 * spent / len(files):.1f} ms each; {dict(arranged)}"
    )
    if sheets is not None:
        sheets.mkdir(parents=True, exist_ok=True)
        ordered = sorted(files, key=lambda file: min(coin.certainty for coin in found[file].coins))
        draw_sheet([(file, found[file]) for file in ordered[:100]], sheets / "least_certain.png")
        some = random.Random(0).sample(files, min(200, len(files)))
        draw_sheet([(file, found[file]) for file in some], sheets / "random.png")


def draw_sheet(found: list[tuple[Path, Found]], out: Path) -> None:
    """A contact sheet of photographs with their outlines: red, and green for the second face."""
    rows = -(-len(found) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * CELL_PX, rows * (CELL_PX + 12)), (50, 50, 70))
    draw = ImageDraw.Draw(sheet)
    for n, (file, one) in enumerate(found):
        left, top = n % COLUMNS * CELL_PX, n // COLUMNS * (CELL_PX + 12)
        picture = Image.open(file).convert("RGB")
        scale = (CELL_PX - 2) / max(picture.size)
        sheet.paste(picture.resize([max(1, round(scale * side)) for side in picture.size]), (left, top))
        for coin, colour in zip(one.coins, ("red", "lime"), strict=False):
            angles = np.arange(len(coin.edge)) * 2 * np.pi / len(coin.edge)
            reach = scale * coin.radius_px * np.array(coin.edge)
            x = left + scale * coin.x_px + reach * np.cos(angles)
            y = top + scale * coin.y_px + reach * np.sin(angles)
            draw.polygon(np.stack([x, y], axis=1).ravel().tolist(), outline=colour)
        said = f"{file.stem[:9]} {one.coins[0].certainty:.2f} {'?' if one.problem else ''}"
        draw.text((left, top + CELL_PX - 1), said, "yellow")
    sheet.save(out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=40, help="drawn photographs of each kind")
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--sheets", type=Path)
    given = parser.parse_args()
    print_drawn(given.count)
    print_certainty(10 * given.count, fits=given.fit)
    data = real_data()
    if data is None:
        print("the real coins are not next to the project: nothing more to measure")
        return
    print_real(sorted((data / "roman/images").glob("*.jpg")), given.sheets)
    end()


if __name__ == "__main__":
    main()
