"""Which source fits each use of a shared module: circumstances, the choice, the reasons, the command."""
