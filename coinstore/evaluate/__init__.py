"""Figures that can be trusted: how well a space finds what belongs together."""
