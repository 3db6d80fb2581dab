"""The similarity graph: edges are made and read in SQL; algorithms read rows and write rows."""
