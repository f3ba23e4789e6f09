"""The story that `commons demo` builds: its steps as values (`script`), carried out and told (`telling`)."""
