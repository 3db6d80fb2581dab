"""Exports: the coins of a store as files that other programs read."""
