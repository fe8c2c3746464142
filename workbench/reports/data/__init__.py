"""What reports show, as plain frames and values; nothing here draws or writes."""
