"""A visitor's way to Slack and back, and what is kept of it."""
