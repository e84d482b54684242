"""Slack: its API, the two tables of slack_sdk, and our one row for each tenant."""
