"""Searches over the settings of an experiment: grids that are run, and spaces that are searched on validation alone."""
