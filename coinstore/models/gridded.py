"""A network whose maps become grids of cells: the numbers of `grid`, in PyTorch on the network's device."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from .grid import Grid, projection, shares


class Gridded(nn.Module):
    """A network that gives maps, with its grid: pixels `(n, 3, h, w)` in, unit vectors as of Grid out."""

    def __init__(self, maps: nn.Module, grid: Grid) -> None:
        super().__init__()
        self.maps, self.grid = maps, grid

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Unit vectors `(n, dims)`."""
        values = self.maps(pixels).float()
        with torch.autocast(values.device.type, enabled=False):  # the maps may be rounded, the vectors not
            return self._vectors(values)

    def _vectors(self, values: torch.Tensor) -> torch.Tensor:
        grid = self.grid
        down, across = (
            torch.from_numpy(shares(values.shape[axis], cells, grid.margin)).to(values.device)
            for axis, cells in ((1, grid.rows), (2, grid.columns))
        )
        cells = torch.einsum("rh,nhwc,kw->nrkc", down, values, across)
        if grid.channels:
            cells = cells @ torch.from_numpy(projection(values.shape[3], grid.channels)).to(values.device)
        if grid.cells == "normalised":
            cells = functional.normalize(cells, dim=3)
        return functional.normalize(cells.flatten(1))
