"""`embed` of resnet50, of clip_image and of both, compared with the networks' forward passes on tensors.

On a GPU also of eye, which is NumPy elsewhere (eye.py), and how near bfloat16 is to float32.
"""

import time

import numpy as np
import torch
from scratch import real_data, scratch_store
from sqlalchemy import Engine

from coinstore.ingest import ingest
from coinstore.models.registry import best_batch, embedder, preset
from coinstore.models.spec import Spec
from coinstore.records.reader import Reading
from coinstore.spaces import catalogue, embed
from coinstore.spaces.claims import Plan
from coinstore.synthetic import Mintage, write_collection

ON_CUDA = torch.cuda.is_available()
SIDES, BATCH = (3_200, None) if ON_CUDA else (320, 32)  # None: embed finds the best
TIMES = 3


def our_rate(store: Engine, *spaces_: str) -> tuple[float, float]:
    """Sides per second from the end of the first batch to the end of the last, and the share of that spent waiting.

    The models are loaded by then; they wait for photographs.
    """
    ends, done, waited_s = [], [], []
    for batch in embed.embed_sides(store, spaces_, Plan(batch_size=BATCH, limit=SIDES)):
        if batch.space == spaces_[-1]:
            ends.append(time.perf_counter())
            done.append(batch.done)
            waited_s.append(batch.read_s)
    took_s = ends[-1] - ends[0]
    return sum(done[1:]) / took_s, sum(waited_s[1:]) / took_s


def bare_rate(spec: Spec) -> float:
    """Pictures per second of the network only, on one batch of random floats."""
    model = embedder(spec)
    batch = BATCH or best_batch(model)
    ready = torch.randn(batch, 3, spec.side_px, spec.side_px, device=model.device)
    ready = ready.contiguous(memory_format=torch.channels_last)
    with (
        torch.inference_mode(),
        torch.autocast(
            model.device.type, torch.bfloat16, enabled=model.device.type == "cuda" and model._half
        ),
    ):
        model.network(ready)
        started = time.perf_counter()
        for _ in range(SIDES // batch - 1):
            model.network(ready).float().cpu()
        return (SIDES // batch - 1) * batch / (time.perf_counter() - started)


def print_precision(name: str) -> None:
    """The vectors of the same pictures of noise in bfloat16 and in float32: the smallest cosine."""
    spec = preset(name, "random:0")
    noise = np.random.default_rng(0).integers(0, 255, (64, spec.side_px, spec.side_px, 3), np.uint8)
    half, full = embedder(spec), embedder(spec)
    full._half = False
    cosines = (half.embed(list(noise)) * full.embed(list(noise))).sum(axis=1)
    print(f"{name}: bfloat16 and float32 have a cosine of {cosines.min():.4f} or more (bound 0.999)")


def fill(store: Engine, folder) -> None:
    data = real_data()
    if data is not None:
        reading = Reading(str(data / "roman/records.csv"), images=str(data / "roman/images"))
    else:
        list(write_collection(folder, SIDES // 2, Mintage(seed=0)))
        reading = Reading(str(folder / "records.csv"), images=str(folder / "images"))
    list(ingest(store, [reading]))


def main() -> None:
    import tempfile
    from pathlib import Path

    device = torch.cuda.get_device_name() if ON_CUDA else f"CPU, {torch.get_num_threads()} threads"
    print(f"on {device}")
    for name in ("resnet50", "clip_image") if ON_CUDA else ():
        print_precision(name)
    with scratch_store() as store, tempfile.TemporaryDirectory() as folder:
        fill(store, Path(folder))
        on_gpu = [("eye",)] if ON_CUDA else []
        for names in (*on_gpu, ("resnet50",), ("clip_image",), ("resnet50", "clip_image")):
            for turn in range(TIMES):
                specs = {
                    f"{name}_{len(names)}_{turn}": preset(name, None if name == "eye" else "random:0")
                    for name in names
                }
                for space, spec in specs.items():
                    catalogue.add_space(store, space, spec)
                ours, waiting = our_rate(store, *specs)
                bare = 1 / sum(1 / bare_rate(spec) for spec in specs.values())
                print(
                    f"{' and '.join(names)}: embed {ours:.1f}/s ({waiting:.0%} of it waiting for photographs), bare {bare:.1f}/s, ratio {ours / bare:.2f}{'' if ON_CUDA else ' (bound 0.9)'}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
