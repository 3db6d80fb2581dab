"""Pairs: why two coins may be of one die, as a page and as a picture."""
