"""Searches over settings as pages and figures."""
