"""A first look at a collection, before any conclusions."""
