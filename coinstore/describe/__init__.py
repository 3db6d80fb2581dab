"""Looking at a collection before anything is concluded from it."""
