#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What estab-bench refuses: exit status 2, one line on standard error, nothing on standard output.
set -eu
bench=$1
errors=$(mktemp)
trap 'rm -f "$errors"' EXIT

refused() {
	status=0
	output=$("$bench" "$@" 2>"$errors") || status=$?
	if [ "$status" != 2 ] || [ "$(wc -l <"$errors")" != 1 ] || [ -n "$output" ]; then
		echo "estab-bench $*: status $status, output '$output'; on standard error:"
		cat "$errors"
		exit 1
	fi
}

refused
refused nothing
refused flood --unheard-of 1
refused flood --flows
refused flood --flows 1x
refused flood --flows -1
refused flood --flows 10
refused flood --side ours
refused flood --mix=1
refused table --seconds 1
refused cookie --cipher des
refused memory extra

"$bench" --help | grep -q '^connections$'
"$bench" flood --help | grep -q -e '--mix'
