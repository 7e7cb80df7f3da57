"""Recurring dates for humans."""

from .describe import describe
from .diary import Diary
from .parse import ParseError, parse
from .rule import Rule, RuleError
from .series import Series

__all__ = ['Diary', 'ParseError', 'Rule', 'RuleError', 'Series', 'describe', 'parse']
