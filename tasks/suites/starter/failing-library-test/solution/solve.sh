#!/bin/bash
set -euo pipefail
cp /solution/steps.py /solution/series.py /app/rondo/
