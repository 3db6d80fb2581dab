"""Records: one reader for each kind of source, each yielding coins; `load` stores them."""
