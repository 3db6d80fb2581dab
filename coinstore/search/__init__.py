"""Search: questions to the store, and the look-alikes that answer them."""
