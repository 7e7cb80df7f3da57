"""The sales report."""
