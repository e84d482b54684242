"""A dashboard for the installations of Slack apps."""

__version__ = "0.1.0"
