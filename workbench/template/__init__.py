"""A complete distribution for a new plugin: `workbench plugins new` writes it."""
