"""Weights of CLIP as the Transformers library names them, under the names of open_clip."""

from __future__ import annotations

import re
from typing import Any

import torch

# In this order; the two halves have the same layers.
NAMES = (
    (r"^text_model\.embeddings\.token_embedding\.", "token_embedding."),
    (r"^text_model\.embeddings\.position_embedding\.weight$", "positional_embedding"),
    (r"^text_model\.final_layer_norm\.", "ln_final."),
    (r"^text_projection\.weight$", "text_projection"),
    (r"^vision_model\.embeddings\.class_embedding$", "visual.class_embedding"),
    (r"^vision_model\.embeddings\.patch_embedding\.", "visual.conv1."),
    (r"^vision_model\.embeddings\.position_embedding\.weight$", "visual.positional_embedding"),
    (r"^vision_model\.pre_layrnorm\.", "visual.ln_pre."),
    (r"^vision_model\.post_layernorm\.", "visual.ln_post."),
    (r"^visual_projection\.weight$", "visual.proj"),
    (r"^text_model\.encoder\.layers\.", "transformer.resblocks."),
    (r"^vision_model\.encoder\.layers\.", "visual.transformer.resblocks."),
    (r"\.layer_norm1\.", ".ln_1."),
    (r"\.layer_norm2\.", ".ln_2."),
    (r"\.mlp\.fc1\.", ".mlp.c_fc."),
    (r"\.mlp\.fc2\.", ".mlp.c_proj."),
    (r"\.self_attn\.out_proj\.", ".attn.out_proj."),
)
ATTENTION = re.compile(r"(.*)\.self_attn\.[qkv]_proj\.(weight|bias)$")


def renamed(state: dict[str, Any], _network: Any) -> dict[str, Any]:
    """The weights under the names of open_clip; those that have them already are left as they are."""
    if "vision_model.embeddings.class_embedding" not in state:
        return state
    found: dict[str, Any] = {}
    for name, tensor in state.items():
        if name.endswith(".position_ids"):
            continue  # numbers from 0, which older versions stored
        if joint := ATTENTION.match(name):
            parts = [state[f"{joint[1]}.self_attn.{part}_proj.{joint[2]}"] for part in "qkv"]
            found[_name(f"{joint[1]}.attn.in_proj_{joint[2]}")] = torch.cat(parts)
        else:
            is_projection = name in ("text_projection.weight", "visual_projection.weight")
            found[_name(name)] = tensor.T.contiguous() if is_projection else tensor
    return found


def _name(name: str) -> str:
    for pattern, other in NAMES:
        name = re.sub(pattern, other, name)
    return name
