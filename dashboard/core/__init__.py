"""Settings, the database, keys and text. Knows neither Slack nor HTTP."""
