"""What `make lint` checks of the documentation: it says what is there, and its generated pages are what the code says."""
