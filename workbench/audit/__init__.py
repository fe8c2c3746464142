"""Looking for plugins that see the future: change what comes later, and compare what was said before."""
