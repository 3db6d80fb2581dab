"""Running a store: backup, check, status, logins, addresses for BI tools."""
