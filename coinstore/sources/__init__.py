"""Sources and outputs: where bytes come from (files, zips, web addresses), and where results go."""
