"""Bars, from whatever a source answered to what the evaluation can rely on."""
