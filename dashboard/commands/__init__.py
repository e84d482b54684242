"""The command line's groups, one module each, by its name: `dashboard app …` is in `app.py`."""
