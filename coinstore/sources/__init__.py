"""Sources and outputs: where bytes come from (files, zips, addresses), and where they go."""
