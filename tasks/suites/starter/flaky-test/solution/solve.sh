#!/bin/bash
set -eu
cd /app
patch -p1 < /solution/cure.patch
