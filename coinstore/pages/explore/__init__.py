"""Explore: the network and the map, one interactive page each."""
