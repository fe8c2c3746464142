"""Folds, samples, scaling, scores and the tests behind a verdict."""
