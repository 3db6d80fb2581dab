"""Labels proposed for coins that lack one, by models that say how sure they are."""
