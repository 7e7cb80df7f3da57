#!/bin/sh
# own-loader.sh FOLDER PROGRAM: makes PROGRAM, which lies in FOLDER, run in images of any libc or of
# none. FOLDER gets the loader and the libraries that PROGRAM is linked with; the loader, as FOLDER/ld,
# looks for libraries there and nowhere of the image, so that no variable has to say so, which
# PROGRAM's children would inherit. Its strings are replaced in place, at their length, so FOLDER has
# at most 25 characters. So is the program's where FOLDER/ld is no longer than the path of the loader
# that it replaces: moving it breaks the programs that Bun makes.
set -eu
folder=$1 program=$2
cd "/stage$folder"
cp -L "$(patchelf --print-interpreter "$program")" ld
for library in $(ldd "$program" | grep -o ' /[^ ]*'); do cp -L "$library" .; done
FOLDER=$folder perl -0777 -pi -e '
  s{\0\K/lib/[^/\0]+-linux-gnu/(?=\0)}{"/" x length $&}e or die "no first folder of libraries\n";
  s{\0\K/usr/lib/[^/\0]+-linux-gnu/(?=\0)}{$ENV{FOLDER} . "/" x (length($&) - length $ENV{FOLDER})}e
    or die "no second folder of libraries\n";
  s{\0\K/etc/ld.so.cache(?=\0)}{/.sbench/nocache} or die "no cache of libraries\n";
' ld
patchelf --set-interpreter "$folder/ld" "$program"
