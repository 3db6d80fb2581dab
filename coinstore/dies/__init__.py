"""Dies: the job that compares pairs of coins, and what follows from its matches."""
