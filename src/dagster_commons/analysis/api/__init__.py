"""What changed between two surfaces of a module, and the least bump that says so."""
