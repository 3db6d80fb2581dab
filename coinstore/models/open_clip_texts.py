"""The family `open_clip_text`: the language half of contrastive language-image models.

Its vectors are comparable with those of pictures from the same model (family `open_clip`, which names the
papers). Only models whose tokenizer comes with open_clip are possible: any other tokenizer is a second
file that decides the vectors, and would be fetched from the network without notice.
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
from .hub_clip import renamed
from .network import choose_device, run, with_weights
from .spec import TextSpec, unit


class SentenceEmbedder:
    """The language half of a model; its input is tokenized as for its training.

    It reads only as many tokens as its context has (77 for CLIP: about 50 English words, fewer German
    ones). The rest of a longer sentence is dropped without notice.
    """

    def __init__(self, spec: TextSpec, network: Any, device: str) -> None:
        self.spec = spec
        self.device = choose_device(device)
        self.network = network.eval().requires_grad_(False).to(self.device)
        arch, _ = open_clip_models.named(spec.options["model"])
        self._tokenizer = open_clip.get_tokenizer(arch)

    def prepare(self, sentence: str) -> NDArray[np.int64]:
        """The tokens `(context,)` of a sentence, cut to the context, with zeros after the end."""
        tokens: NDArray[np.int64] = self._tokenizer(sentence)[0].numpy()
        return tokens

    def embed(self, prepared: Sequence[NDArray[np.int64]]) -> NDArray[np.float32]:
        """Unit vectors `(n, dims)`."""
        if not prepared:
            return np.zeros((0, self.spec.dims), np.float32)
        tokens = torch.from_numpy(np.stack(prepared)).to(self.device)
        return unit(run(self.network.encode_text, tokens))


def look_up(model: str) -> dict[str, Any]:
    """Dimensions of `ARCH:PRETRAINED`; raises SpaceError if it is unknown or has no tokenizer here."""
    arch, _ = open_clip_models.named(model)
    if not _has_its_tokenizer(arch):
        raise SpaceError(
            f"the tokenizer of {model} does not come with open_clip and would have to be fetched; "
            "choose another model: coinstore models --all"
        )
    return {"dims": open_clip.get_model_config(arch)["embed_dim"]}


def load(spec: TextSpec, device: str) -> SentenceEmbedder:
    """The embedder of a spec; raises SpaceError when its weights are missing or belong to another network."""
    look_up(spec.options["model"])
    network = with_weights(spec, open_clip_models.build, renamed)
    del network.visual  # frees the memory of the image half
    return SentenceEmbedder(spec, network, device)


def names() -> list[str]:
    """All `ARCH:PRETRAINED` of open_clip whose tokenizer it has."""
    return [
        f"{arch}:{pretrained}" for arch, pretrained in open_clip.list_pretrained() if _has_its_tokenizer(arch)
    ]


def _has_its_tokenizer(arch: str) -> bool:
    text = open_clip.get_model_config(arch)["text_cfg"]
    # For these, open_clip.get_tokenizer uses the network.
    return not (text.get("hf_tokenizer_name") or text.get("hf_model_name") or "siglip" in arch.lower())
