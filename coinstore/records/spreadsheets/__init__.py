"""Spreadsheets: XLSX, XLS and ODS, read as people see them."""
