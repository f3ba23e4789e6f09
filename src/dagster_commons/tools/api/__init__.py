"""The public surface of import packages on disk, read by griffe without importing them."""
