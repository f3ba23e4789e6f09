"""What our code locations have in common."""

__version__ = "0.1.3"
