"""One space for image and text of a side: a small network, applied with NumPy only.

The input is the vector of the picture next to the vector of the sentence. A hidden layer with ReLU and an
output layer follow, and the result is scaled to length 1. A side with only one of the two vectors is placed
in the same space by that one. `fusion_fit` makes the network; a machine without PyTorch can store it, read
it and apply it.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import SpaceError
from .spec import unit

Floats = NDArray[np.float32]

_BOUNDS: dict[str, tuple[float, float]] = {
    "seed": (0, 2**63 - 1),
    "epochs": (1, 1_000_000),
    "patience": (1, 1_000_000),
    "negatives": (1, 1_000),
    "margin": (-1, 1),
    "temperature": (0.01, 10),
    "hidden": (1, 65_536),
    "dims": (2, 65_536),
    "balance": (0, 1),
    "batch_size": (2, 65_536),
    "learning_rate": (1e-8, 1),
    "held_out": (0.001, 0.9),
}


@dataclass(frozen=True, slots=True)
class Fitting:
    """Everything that decides a fusion, except its examples; a change of anything here is a new space.

    `objective` is `pairs` or `contrastive`. With `pairs` two views of one side match, and sides of different
    sentences do not: a cosine loss with a margin (Hadsell et al. 2006, doi:10.1109/CVPR.2006.100). There
    are `negatives` non-matching pairs for each matching one; they count while their cosine is above
    `margin`, -1 to 1. A low margin separates even sentences that differ in one word. With `contrastive`
    sides of one label match (Khosla et al. 2020, doi:10.48550/arXiv.2004.11362, with `temperature`).

    `balance` is the share of the image, 0 to 1: in the length of the input, and for `pairs` also in how often
    the image only, instead of the text only, is compared with the whole. At 0 images are not used, at 1
    texts are not used. Towards 1, sides of one sentence stay apart by their pictures; towards 0 they
    become one point.

    Fitting ends after `epochs`, or after `patience` epochs without a lower held-out loss. `held_out` is the
    share of sides, 0.001 to 0.9, that is drawn for this loss when the examples do not name them. Raises
    SpaceError for a value out of range.
    """

    objective: Literal["pairs", "contrastive"] = "pairs"
    seed: int = 0
    epochs: int = 100
    patience: int = 10
    negatives: int = 4
    margin: float = 0.5
    temperature: float = 0.1
    hidden: int = 256
    dims: int = 128
    balance: float = 0.7
    batch_size: int = 256
    learning_rate: float = 1e-3
    held_out: float = 0.1

    def __post_init__(self) -> None:
        if self.objective not in ("pairs", "contrastive"):
            raise SpaceError(
                f"there is no objective {self.objective}; the objectives are pairs and contrastive."
            )
        for name, (low, high) in _BOUNDS.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise SpaceError(
                    f"the {name} of a fusion cannot be {value}; it must be between {low} and {high}."
                )


@dataclass(frozen=True, slots=True, eq=False)
class Modality:
    """How the vectors of one modality enter the network: minus their `mean` `(d,)`, times `scale`.

    All sentences have most of their vector in common, and so do all pictures. If that part enters too, all
    sides are close together from the start, and the fitting can end before it has separated any: on
    synthetic sides one fitting of six did, with a median cosine of 0.995 between two sides. Also, texts
    differ least and would hardly count, whatever the balance. A scale of 0 means that the modality is not
    used.
    """

    mean: Floats
    scale: float

    def present(self, rows: Floats) -> NDArray[np.bool_]:
        """Which of the rows `(n, d)` can be used `(n,)`: all their numbers are finite, the scale is not 0."""
        return whole_rows(rows) if self.scale > 0 else np.zeros(len(rows), np.bool_)

    def entering(self, rows: Floats) -> Floats:
        """The rows `(n, d)` as input; a row that is not present becomes zeros, like the mean."""
        centred = np.zeros(rows.shape, np.float32)
        np.subtract(rows, self.mean, out=centred, where=self.present(rows)[:, None])
        return centred * np.float32(self.scale)


@dataclass(frozen=True, slots=True, eq=False)
class Fusion:
    """The fitted network: two modalities, a hidden layer with ReLU, an output layer.

    `hidden` is `(hidden, d_image + d_text)` and `output` `(dims, hidden)`, each with a bias. Raises
    SpaceError when the shapes do not match or a number is not finite.
    """

    image: Modality
    text: Modality
    hidden: Floats
    hidden_bias: Floats
    output: Floats
    output_bias: Floats

    def __post_init__(self) -> None:
        entering = (*self.image.mean.shape, *self.text.mean.shape)
        shapes = [self.hidden.shape, self.hidden_bias.shape, self.output.shape, self.output_bias.shape]
        units, dims = self.hidden_bias.size, self.output_bias.size
        if len(entering) != 2 or shapes != [(units, sum(entering)), (units,), (dims, units), (dims,)]:
            raise SpaceError("the layers of this fusion do not match.")
        for array in self._arrays().values():
            if array.dtype != np.float32 or not np.isfinite(array).all():
                raise SpaceError("a fusion needs finite 32-bit numbers; this one has others.")

    @property
    def dims(self) -> int:
        """The number of dimensions of a joined vector."""
        return self.output_bias.size

    def embed(self, image: Floats, text: Floats) -> Floats:
        """Unit vectors `(n, dims)` of n sides, from their image `(n, d_image)` and text `(n, d_text)`.

        A row of NaN means that the side has no image or no text; then only the other one counts. When
        neither can be used, the vector is NaN; a modality that the balance excludes cannot be used. Raises
        SpaceError when the vectors have another length than those the fusion was fitted on.
        """
        rows = _rows("image", image, self.image), _rows("text", text, self.text)
        if len(rows[0]) != len(rows[1]):
            raise SpaceError(
                f"{len(rows[0])} image vectors and {len(rows[1])} text vectors cannot belong together."
            )
        entering = np.concatenate([self.image.entering(rows[0]), self.text.entering(rows[1])], axis=1)
        between = np.maximum(entering @ self.hidden.T + self.hidden_bias, 0)
        joined = between @ self.output.T + self.output_bias
        joined[~(self.image.present(rows[0]) | self.text.present(rows[1]))] = 0
        return unit(joined)

    def to_bytes(self) -> bytes:
        """The fusion as an .npz file: the same bytes for the same numbers, without a date."""
        out = io.BytesIO()
        arrays: dict[str, Any] = {name: np.ascontiguousarray(array) for name, array in self._arrays().items()}
        np.savez(out, **arrays)
        return out.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Fusion:
        """The fusion that `to_bytes` wrote; raises SpaceError for other bytes, also cut or changed ones."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as file:
                read = {name: file[name] for name in file.files}
            scales = read.pop("scales").tolist()
            means = read.pop("image_mean"), read.pop("text_mean")
            image, text = (Modality(mean, scale) for mean, scale in zip(means, scales, strict=True))
            return cls(image, text, **read)
        except Exception:  # zipfile and NumPy raise nearly any error for a damaged file
            raise SpaceError(
                "these bytes are not a fusion, or are cut short or damaged; fit the fusion again."
            ) from None

    def _arrays(self) -> dict[str, Floats]:
        return {
            "image_mean": self.image.mean,
            "text_mean": self.text.mean,
            "scales": np.array([self.image.scale, self.text.scale], np.float32),
            "hidden": self.hidden,
            "hidden_bias": self.hidden_bias,
            "output": self.output,
            "output_bias": self.output_bias,
        }


def whole_rows(rows: Floats) -> NDArray[np.bool_]:
    """Which rows of `(n, d)` are vectors `(n,)`; a row with a number that is not finite means no vector."""
    return np.asarray(np.isfinite(rows).all(axis=1))


def _rows(name: str, rows: Floats, modality: Modality) -> Floats:
    rows = np.asarray(rows, np.float32)
    if rows.ndim != 2 or rows.shape[1] != modality.mean.size:
        shape, dims = rows.shape, modality.mean.size
        raise SpaceError(
            f"the {name} vectors have the shape {shape}; this fusion needs rows of {dims} numbers."
        )
    return rows
