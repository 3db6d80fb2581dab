"""Plots: figures as PNG or SVG."""
