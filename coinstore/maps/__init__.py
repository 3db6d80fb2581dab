"""Maps: the coins of a space laid out on a plane, stored as rows with the parameters that made them."""
