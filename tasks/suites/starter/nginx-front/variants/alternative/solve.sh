#!/bin/bash
# One file, rewrites instead of maps for the path, regular expressions instead of nested locations.
set -eu
cd /app/nginx
rm -r sites snippets upstreams.conf
cp /solution/nginx.conf nginx.conf
