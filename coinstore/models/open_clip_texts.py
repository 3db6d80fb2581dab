"""The family `open_clip_text`: the language half of contrastive language-image models.

Its vectors lie in the space of the same model's pictures (family `open_clip`); the papers are named
there. Only models whose tokenizer comes with open_clip can be had: another is a second file that
decides the vectors, and would be fetched from the network in silence.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import open_clip
import torch
from numpy.typing import NDArray

from ..errors import SpaceError
from . import open_clip_models
from .network import choose_device, unit_rows, with_weights
from .spec import TextSpec


class SentenceEmbedder:
    """The language half of a model, fed with sentences as it was trained on.

    It reads as many tokens as its context is long (77 for CLIP: some 50 English words, fewer German
    ones); what stands behind them in a sentence is dropped, and nothing says so.
    """

    def __init__(self, spec: TextSpec, network: Any, device: str) -> None:
        self.spec = spec
        self.device = choose_device(device)
        self.network = network.eval().requires_grad_(False).to(self.device)
        arch, _ = open_clip_models.named(spec.options["model"])
        self._tokenizer = open_clip.get_tokenizer(arch)

    def prepare(self, sentence: str) -> NDArray[np.int64]:
        """The tokens `(context,)` of a sentence, cut to the model's context, 0 behind its end."""
        tokens: NDArray[np.int64] = self._tokenizer(sentence)[0].numpy()
        return tokens

    def embed(self, prepared: Sequence[NDArray[np.int64]]) -> NDArray[np.float32]:
        """Unit vectors `(n, dims)`."""
        if not prepared:
            return np.zeros((0, self.spec.dims), np.float32)
        tokens = torch.from_numpy(np.stack(prepared)).to(self.device)
        return unit_rows(self.network.encode_text, tokens)


def describe(model: str) -> dict[str, Any]:
    """Of `ARCH:PRETRAINED`: `dims`. Raises SpaceError for an unknown one, or one whose tokenizer is not here."""
    arch, _ = open_clip_models.named(model)
    if not _has_its_tokenizer(arch):
        raise SpaceError(
            f"the tokenizer of {model} does not come with open_clip and would have to be fetched; "
            "choose another model, of those of: coinstore models --all"
        )
    return {"dims": open_clip.get_model_config(arch)["embed_dim"]}


def load(spec: TextSpec, device: str) -> SentenceEmbedder:
    """The embedder of a spec; raises SpaceError when its weights are not here, or of another network."""
    describe(spec.options["model"])
    network = with_weights(spec, open_clip_models.build)
    del network.visual  # the half that sees: it would keep its memory
    return SentenceEmbedder(spec, network, device)


def names() -> list[str]:
    """Every `ARCH:PRETRAINED` that open_clip lists and has the tokenizer of."""
    return [
        f"{arch}:{pretrained}" for arch, pretrained in open_clip.list_pretrained() if _has_its_tokenizer(arch)
    ]


def _has_its_tokenizer(arch: str) -> bool:
    text = open_clip.get_model_config(arch)["text_cfg"]
    # By its configuration, or by its name, open_clip.get_tokenizer would turn to the network.
    return not (text.get("hf_tokenizer_name") or text.get("hf_model_name") or "siglip" in arch.lower())
