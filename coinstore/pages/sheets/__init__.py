"""Sheets: contact sheets of look-alikes, as HTML or PNG."""
