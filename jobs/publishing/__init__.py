"""What happens to a release on the Hub, and what is looked at before people are asked."""
