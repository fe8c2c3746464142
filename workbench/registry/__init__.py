"""Finding plugins, and looking them up by kind and name."""
