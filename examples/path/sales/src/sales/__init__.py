"""The code location of the sales team."""
