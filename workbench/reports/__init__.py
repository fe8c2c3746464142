"""Reports and figures of a run: compute first (`data`), then draw (`figures`) and write (`report`)."""
