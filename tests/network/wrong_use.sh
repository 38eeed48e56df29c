#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# wrong_use: every mistake ends with status 2 and one line that names what is wrong, where, and a
# remedy; nothing is started.
. "$(dirname "$0")/topology.sh"

need pkg-config

# expect_refused WHAT WORDS ARGUMENT...: status 2, nothing on standard output, and estab's last line
# has these words (an extended regular expression). DPDK's own lines may stand above it.
expect_refused() {
	local what=$1 words=$2 status=0 said
	shift 2
	timeout -k 5 30 "$ESTAB" "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
	said=$(tail -n 1 "$work/err")
	expect "$what: status" "$status" -eq 2
	expect "$what: bytes on standard output" "$(wc -c <"$work/out")" -eq 0
	grep -qE -- "$words" <<<"$said" || fail "$what: '$said' does not say '$words'"
}

# The same, and the line is the only one.
expect_refused_in_one_line() {
	expect_refused "$@"
	expect "$1: lines on standard error" "$(wc -l <"$work/err")" -eq 1
}

# edited NAME SED-SCRIPT: a variant of the configuration.
edited() {
	sed -E "$2" "$work/estab.conf" >"$work/$1.conf"
	echo "$work/$1.conf"
}

write_config estab net_null0 net_null0
good=$work/estab.conf

expect_refused_in_one_line "no command" "no command"
expect_refused_in_one_line "unknown command" "repond.*unknown" repond
expect_refused_in_one_line "no configuration" "-c" respond
expect_refused_in_one_line "missing file" "missing\.conf.*No such file" respond -c "$work/missing.conf"
expect_refused_in_one_line "a folder as file" "$work" respond -c "$work"
expect_refused_in_one_line "unknown option" "frobnicate" respond -c "$good" --frobnicate
expect_refused_in_one_line "bad duration" "duration" respond -c "$good" --duration never
expect_refused_in_one_line "unknown key" ":[0-9]+: .*devise" respond -c "$(edited key 's/^device/devise/')"
expect_refused_in_one_line "unknown section" ":[0-9]+: .*prot 0" respond -c "$(edited section 's/^\[port 0/[prot 0/')"
expect_refused_in_one_line "duplicate key" ":[0-9]+: .*ipv4" respond -c "$(edited twice 's/^ipv4.*/&\n&/')"
expect_refused_in_one_line "bad address" ":[0-9]+: .*192\.0\.2\.300" respond -c "$(edited address 's|^ipv4.*|ipv4 = 192.0.2.300/24|')"
expect_refused_in_one_line "bad action" ":[0-9]+: .*holt" respond -c "$(edited action 's/= hold/= holt/')"
expect_refused_in_one_line "missing response" "missing\.txt" respond -c "$(edited response 's/= http-200.txt/= missing.txt/')"
expect_refused_in_one_line "bad --set" "set" respond -c "$good" --set port
expect_refused_in_one_line "unwritable statistics" "nowhere" respond -c "$good" --stats-json "$work/nowhere/stats.json"
expect_refused "unknown device" "net_nul9" respond -c "$good" --set "port 0.device=net_nul9"
expect_refused "device that cannot be made" "eal" respond -c "$(edited vdev 's/vdev=.*/vdev=net_nonsense0/')"
expect_refused "more queues than the device has" "queues" respond -c "$good" --set "port 0.queues=3"

# What a bond's members are called depends on the release of DPDK.
case $(pkg-config --modversion libdpdk) in
22.*) member=slave other=member ;;
*) member=member other=slave ;;
esac
write_config bond net_bonding0 "net_null0 --vdev=net_bonding0,mode=1,$other=net_null0"
expect_refused "another release's word for members" "could not make it.* by $member=" respond -c "$work/bond.conf"

# Not root: a tap cannot be made.
if command -v setpriv >/dev/null && [ -c /dev/net/tun ]; then
	write_config tap net_tap0 net_tap0,iface=estab0
	chmod -R a+rX "$work"
	if setpriv --reuid 65534 --regid 65534 --clear-groups test -x "$ESTAB"; then
		status=0
		setpriv --reuid 65534 --regid 65534 --clear-groups timeout -k 5 30 "$ESTAB" respond -c "$work/tap.conf" \
			>"$work/out" 2>"$work/err" || status=$?
		expect "not root: status" "$status" -eq 2
		grep -qE 'root|CAP_NET_ADMIN|not permitted' "$work/err" || fail "not root: no line says so: $(tail -n 1 "$work/err")"

		write_config taps net_bonding0 \
			"net_tap0,iface=estab0 --vdev=net_bonding0,mode=1,$member=net_tap0"
		chmod -R a+rX "$work"
		status=0
		setpriv --reuid 65534 --regid 65534 --clear-groups timeout -k 5 30 "$ESTAB" respond -c "$work/taps.conf" \
			>"$work/out" 2>"$work/err" || status=$?
		expect "not root, a bond: status" "$status" -eq 2
		tail -n 1 "$work/err" | grep -q "cannot take its members.*run estab as root or with CAP_NET_ADMIN" ||
			fail "not root, a bond: no line says so: $(tail -n 1 "$work/err")"
	fi
fi

# The interface's name is taken.
if [ -c /dev/net/tun ]; then
	write_config tap net_tap0 net_tap0,iface=estab0
	ip link add estab0 type veth peer name estab1
	expect_refused "taken interface" "net_tap0|eal|EAL" respond -c "$work/tap.conf"
fi
