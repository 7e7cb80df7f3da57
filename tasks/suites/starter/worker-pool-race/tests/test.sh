#!/bin/bash
exec /usr/bin/python3 -I /tests/check.py
