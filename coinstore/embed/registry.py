"""The registry: presets by name, and the family that carries out a spec."""

from __future__ import annotations

from ..errors import SpaceError
from .spec import Embedder, Spec


def preset(name: str) -> Spec:
    """The spec that a name stands for from the start; raises SpaceError for an unknown one."""
    from .hog import HOG

    presets = {"hog": HOG}
    if name not in presets:
        raise SpaceError(f"there is no preset {name}; known are: {', '.join(presets)}.")
    return presets[name]


def embedder(spec: Spec) -> Embedder:
    """The embedder for a spec; raises SpaceError when this program does not know its family."""
    if spec.family == "hog":
        from .hog import HogEmbedder

        return HogEmbedder(spec)
    raise SpaceError(f"this coinstore has no family {spec.family}; upgrade it, or drop the space.")
