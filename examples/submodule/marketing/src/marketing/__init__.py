"""The code location of the marketing team."""
