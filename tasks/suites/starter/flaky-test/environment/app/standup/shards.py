def shard_of(name, count):
    """Which of `count` archives keeps this person's events."""
    return hash(name) % count
