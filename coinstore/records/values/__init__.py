"""Values: dates, centuries, years and measures as numismatists write them, read without guessing."""
