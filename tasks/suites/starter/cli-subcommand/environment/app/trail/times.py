"""Moments as unix seconds, and lengths of time as seconds."""

import re
from datetime import datetime, timezone

UNITS = {'d': 86400, 'h': 3600, 'm': 60, 's': 1}


def parse_moment(text):
    moment = datetime.strptime(text, '%Y-%m-%dT%H:%M:%SZ')
    return int(moment.replace(tzinfo=timezone.utc).timestamp())


def moment(at):
    return datetime.fromtimestamp(at, timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')


def parse_length(text):
    """Seconds of a length like 90s or 1h30m; ValueError for anything else."""
    if not re.fullmatch(r'(\d+d)?(\d+h)?(\d+m)?(\d+s)?', text) or not text:
        raise ValueError(text)
    return sum(int(number) * UNITS[unit] for number, unit in re.findall(r'(\d+)([dhms])', text))


def length(seconds):
    """1h30m for 5400; no unit that would be 0, but 0s for nothing."""
    parts = []
    for unit, size in UNITS.items():
        number, seconds = divmod(seconds, size)
        if number:
            parts.append(f'{number}{unit}')
    return ''.join(parts) or '0s'
