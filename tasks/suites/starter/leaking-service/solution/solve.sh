#!/bin/bash
set -eu
cp /solution/src/*.js /app/src/
