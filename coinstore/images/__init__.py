"""Images: photographs read, hashed, decoded and described, from files that nobody vouches for."""
