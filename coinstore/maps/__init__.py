"""Maps: the coins of a space laid out on a plane, as rows with the parameters that made them."""
