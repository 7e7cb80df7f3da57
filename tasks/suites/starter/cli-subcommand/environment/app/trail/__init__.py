"""Answers small questions about large access logs."""
