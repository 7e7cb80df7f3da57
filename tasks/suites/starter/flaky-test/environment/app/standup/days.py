"""Days and how people say them."""

from datetime import datetime, timedelta


def parse_when(text):
    return datetime.fromisoformat(text).timestamp()


def day_of(at):
    return datetime.fromtimestamp(at).date()


def label(day, today):
    if day == today:
        return 'today'
    if day == today - timedelta(days=1):
        return 'yesterday'
    return spelled(day)


def due_label(due):
    now = datetime.now().timestamp()
    if due < now:
        return 'overdue'
    if day_of(due) == day_of(now):
        return 'today'
    if day_of(due) == day_of(now) + timedelta(days=1):
        return 'tomorrow'
    return spelled(day_of(due))


def one_month_before(day):
    return day.replace(month=day.month - 1)


def spelled(day):
    return f'{day:%a} {day.day} {day:%b}'
