#!/bin/bash
set -euo pipefail
cp /solution/pool.js /app/src/pool.js
