#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# localize ARCHIVE RESULT: an archive of one object that shows the estab_* functions and nothing
# else, so that our inner names cannot meet those of the program it is linked into.
set -eu

object=$2.o
ld -r --whole-archive "$1" -o "$object"
objcopy --wildcard --keep-global-symbol='estab_*' "$object"
rm -f "$2"
ar rcs "$2" "$object"
rm -f "$object"
