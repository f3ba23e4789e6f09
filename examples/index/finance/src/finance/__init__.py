"""The code location of the finance team."""
