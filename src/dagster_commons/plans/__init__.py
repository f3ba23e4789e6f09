"""Facts in, Plan out: pure functions that decide what shall become of the files."""
