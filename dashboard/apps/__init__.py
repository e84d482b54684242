"""What one Slack app of this deployment is: its settings, its brand, and the registry of all of them."""
