"""Values: dates, centuries, years and measures in the notation of numismatists, parsed without guessing."""
