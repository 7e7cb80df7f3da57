"""The morning's report of who did what."""
