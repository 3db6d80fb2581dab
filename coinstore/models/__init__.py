"""Models: pictures or sentences in, unit vectors out. They use no database; each family has its own file."""
