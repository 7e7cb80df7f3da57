"""Brings databases from one version of the schema to another."""
