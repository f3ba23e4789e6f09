"""The modules of a bundle with their versions; `commons bundle` writes its own in place of this file."""

MODULES: tuple[tuple[str, str], ...] = ()
