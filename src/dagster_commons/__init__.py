"""Share Python code across Dagster code locations, and see what every change does before it lands."""

__version__ = "0.1.0"
