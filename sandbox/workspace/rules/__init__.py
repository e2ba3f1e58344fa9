"""Slack's rules for blocks, messages and views, with Slack's own words for what breaks them."""
