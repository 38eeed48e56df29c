#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# opens_example: config/connect.conf as its comment says, to a HTTP server of Python's.
#
#     estab connect                              python3 -m http.server
#     192.0.2.65-126/24               net_tap    estab1  192.0.2.2/24
. "$(dirname "$0")/topology.sh"
. "$here/opens.sh"

[ -c /dev/net/tun ] || skip "no /dev/net/tun, so no net_tap"
mkdir served
sed -n 's/^;     //p' "$root/config/connect.conf" | sed 's/ *(all of it .*//' >"$work/commands"
expect "commands of the comment" "$(wc -l <"$work/commands")" -eq 4
{
	echo "cd $work/served"
	echo "estab() { timeout -k 5 60 $ESTAB \"\$@\" --stats-json $work/estab.json; }"
	sed "s|config/connect.conf|$root/config/connect.conf|" "$work/commands"
} >"$work/script"
show_output() {
	local status=$?
	[ "$status" = 0 ] || grep -v GET "$work/estab.log" >&2
	exit "$status"
}
trap show_output EXIT
timeout -k 5 80 bash "$work/script" >"$work/estab.log" 2>&1 || fail "status $?"
for part in opened established; do
	expect "$part" "$(counter estab "connect.$part")" -eq 1000
done
for part in refused timed_out still_open; do
	expect "$part" "$(counter estab "connect.$part")" -eq 0
done
expect "requests answered" "$(grep -c '"GET / HTTP/1.1" 200' "$work/estab.log")" -eq 1000
