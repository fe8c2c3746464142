"""Carrying out plans, keeping what they give, and reading it back."""
