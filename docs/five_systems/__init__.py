"""The five systems this project grew out of: what they printed, and what they say when asked honestly."""
