"""Asking a code location's own environment; the script that runs inside it lives in `in_env`."""
