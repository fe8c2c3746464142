"""The types and base classes that plugins and the core agree on."""
