#!/bin/bash
set -euo pipefail
install --mode 755 /solution/timeline /app/timeline
