"""Nouns: frozen values without I/O.  A path in a value is absolute unless its name says otherwise."""
