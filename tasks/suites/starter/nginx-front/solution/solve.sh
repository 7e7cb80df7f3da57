#!/bin/bash
set -eu
cp -r /solution/nginx/. /app/nginx/
cd /app && bin/front check
