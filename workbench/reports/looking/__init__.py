"""What a description looks like: as text for a terminal or a log, and as a page of HTML."""
