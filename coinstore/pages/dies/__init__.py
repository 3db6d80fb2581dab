"""Die studies as pages and pictures, and the dies of an open store."""
