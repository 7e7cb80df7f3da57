#!/bin/sh
# own-python.sh FOLDER PACKAGES: puts Debian's Python with its library, and the packages, into FOLDER
# so that they run in images that have no Python, another one, or another libc.
set -eu
folder=$1 packages=$2 version=python3.13
stage=/stage$folder
mkdir -p "$stage/lib" /stage/tmp
cp -L /usr/bin/$version "$stage/python"
cp -r /usr/lib/$version "$stage/lib/"
rm -rf "$stage/lib/$version"/config-* "$stage/lib/$version"/ensurepip \
  "$stage/lib/$version"/EXTERNALLY-MANAGED "$stage/lib/$version"/sitecustomize.py
mv "$packages" "$stage/lib/$version/dist-packages"
cd "$stage/lib/$version/dist-packages"
# Not for agents: a web interface, descriptions of web services, tests.
rm -rf bin litellm/proxy/_experimental/out googleapiclient/discovery_cache/documents
find . -depth -type d \( -name tests -o -name __pycache__ \) -exec rm -rf {} +
sh "$OLDPWD/own-loader.sh" "$folder" python
# What native modules are linked with, but for what they bring along themselves.
find "$stage/lib" -name '*.so*' -type f | xargs ldd 2>/dev/null | grep -o ' /\(usr/\)\?lib/[^ ]*' |
  sort -u | while read -r library; do cp -Ln "$library" "$stage/"; done
# Compiled once, and never compared with its source again: the folder is mounted read-only.
python3 -m compileall -qq -j 2 --invalidation-mode unchecked-hash \
  -s "$stage" -p "$folder" "$stage/lib/$version" || true
find "$stage" -name '*.a' -delete
du -sh "$stage"
