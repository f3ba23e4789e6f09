"""The figures that the issues name, measured in one run: `python -m bench [startup] [status] [proof] [--full]`."""
