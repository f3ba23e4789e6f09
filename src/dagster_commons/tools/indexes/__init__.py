"""Package indexes, one file per kind; each is read and written with the values of `model.registry`."""
