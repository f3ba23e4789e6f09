"""The outside world, one file each.  Only `process` starts programs."""
