"""Spaces: their catalogue, and the jobs that fill, derive, fuse, fine-tune, transfer and index them."""
