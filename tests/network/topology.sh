# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# topology: sourced by every network test. Moves the script into namespaces of its own, starts estab
# there, waits with a bound, and on failure shows what estab saw.
#
#     Linux client                       estab respond
#     estab0  192.0.2.2/24     net_tap   192.0.2.1/24
#             2001:db8::2/64  <------->  2001:db8::1/64
#
# The process namespace ends with the script, and everything it started ends with it.
set -euo pipefail

SKIP=77
CLIENT4=192.0.2.2
CLIENT6=2001:db8::2
SERVER4=192.0.2.1
SERVER6=2001:db8::1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
ESTAB=${ESTAB:-$root/build/app/estab}
export LC_ALL=C ESTAB PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$here

skip() {
	echo "skipped: $*"
	exit "$SKIP"
}

fail() {
	echo "FAILED: $*" >&2
	exit 1
}

# need COMMAND...: skip unless all are installed.
need() {
	local command
	for command; do
		command -v "$command" >/dev/null || skip "$command is not installed"
	done
}

enter_namespaces() {
	[ "$(id -u)" = 0 ] || skip "needs root to make namespaces; run it with sudo"
	[ -x "$ESTAB" ] || fail "$ESTAB is not there; build it, or set ESTAB"
	need ip unshare python3
	local unshare=(unshare --net --mount --pid --fork --kill-child --mount-proc)
	"${unshare[@]}" true 2>/dev/null || skip "this machine does not allow namespaces (unshare)"
	IN_NAMESPACES=1 exec "${unshare[@]}" "$0" "$@"
}

# A private /run: DPDK's runtime files and `ip netns` stay inside.
furnish_namespaces() {
	mount -t tmpfs tmpfs /run
	mount -t sysfs sysfs /sys
	mkdir -p /run/lock "$work"
	cd "$work"
	ip link set lo up
	sysctl -qw net.ipv6.conf.default.accept_dad=0 net.ipv4.ping_group_range="0 2147483647"
}

# await SECONDS COMMAND...: poll until the command succeeds.
await() {
	local deadline=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$deadline" ] || return 1
		sleep 0.05
	done
}

declare -A estab_pids=()

# write_config NAME DEVICE VDEV [LINE]...: a configuration with the four kinds of listener, in
# $work/NAME.conf. More lines are appended; they may open sections of their own.
write_config() {
	local name=$1 device=$2 vdev=$3
	shift 3
	printf 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nestab\n' >"$work/http-200.txt"
	cat >"$work/$name.conf" <<-CONFIG
		[eal]
		args = --no-pci --no-huge --no-shconf -m 256
		args.1 = --vdev=$vdev

		[listen 80]
		established = respond
		response = http-200.txt

		[listen 81]
		established = hold

		[listen 82]
		established = close

		[listen 83]
		established = reset

		[port 0]
		device = $device
		ipv4 = $SERVER4/24
		ipv6 = $SERVER6/64
	CONFIG
	printf '%s\n' "$@" >>"$work/$name.conf"
}

# launch COMMAND NAME [ARGUMENT]...: run `estab COMMAND` with $work/NAME.conf in the background. Its output
# goes to $work/NAME.log, its counters at the end to $work/NAME.json.
launch() {
	local command=$1 name=$2
	shift 2
	rm -f "$work/$name.json" "$work/$name.log"
	timeout -k 5 "${ESTAB_SECONDS:-150}" "$ESTAB" "$command" -c "$work/$name.conf" \
		--stats-json "$work/$name.json" "$@" >"$work/$name.log" 2>&1 &
	estab_pids[$name]=$!
}

launch_estab() {
	launch respond "$@"
}

estab_is_gone() {
	! kill -0 "${estab_pids[$1]}" 2>/dev/null
}

# The process of estab itself, below its timeout.
estab_pid() {
	pgrep -P "${estab_pids[$1]}" -x estab
}

ready_or_end() {
	estab_is_gone "$1" || grep -q '^lcore' "$work/$1.log"
}

# await_ready NAME: until estab NAME has its ports. A tap's interface is there earlier, but what it is
# given may be lost while the port is still being set up.
await_ready() {
	await 20 ready_or_end "$1" || fail "estab $1 does not start within 20 s"
	! estab_is_gone "$1" || fail "estab $1 ended by itself"
}

# be_patient INTERFACE: the kernel sends again after a second at the earliest, not when a busy machine has
# let estab wait for some milliseconds: no probe for a lost last segment, no RTO near the round trip.
be_patient() {
	local family route
	sysctl -qw net.ipv4.tcp_early_retrans=0
	for family in -4 -6; do
		while read -r route; do
			# shellcheck disable=SC2086 # a route is words
			ip "$family" route change $route dev "$1" proto kernel rto_min 1s
		done < <(ip "$family" route show dev "$1" proto kernel)
	done
}

# join_tap NAME INTERFACE ADDRESS4/LEN ADDRESS6/LEN: give the kernel's end of estab's tap its addresses.
join_tap() {
	await_ready "$1"
	await 20 test -e "/sys/class/net/$2" || fail "estab $1 has made no interface $2"
	ip address add "$3" dev "$2"
	ip -6 address add "$4" dev "$2" nodad
	# A thousand clients at once fill the interface's usual queue of 1,000 frames before estab can
	# poll on a busy machine: the kernel would drop its own segments.
	ip link set "$2" txqueuelen 10000 up
	be_patient "$2"
}

# join_veth: a veth pair instead of a tap, estab's end without anything of the kernel's on it.
join_veth() {
	ip link add estab0 type veth peer name estab1
	sysctl -qw net.ipv6.conf.estab1.disable_ipv6=1
	ethtool -K estab0 tx off >/dev/null
	ip address add "$CLIENT4/24" dev estab0
	ip -6 address add "$CLIENT6/64" dev estab0 nodad
	ip link set estab0 up
	ip link set estab1 up
	be_patient estab0
}

ping_or_end() {
	estab_is_gone "$1" || ping -c 1 -W 1 "$2"
}

# await_answer NAME ADDRESS: until estab NAME answers ping.
await_answer() {
	await 20 ping_or_end "$1" "$2" || fail "estab $1 does not answer ping to $2"
	! estab_is_gone "$1" || fail "estab $1 ended by itself"
}

# start_tap NAME [ARGUMENT]...: estab on a tap, answering, with the drawing's addresses.
start_tap() {
	[ -c /dev/net/tun ] || skip "no /dev/net/tun, so no net_tap"
	launch_estab "$@"
	join_tap "$1" estab0 "$CLIENT4/24" "$CLIENT6/64"
	await_answer "$1" "$SERVER4"
	await_answer "$1" "$SERVER6"
}

# start_with LINE...: the drawing above, with more lines for its [port 0] and after.
start_with() {
	write_config estab net_tap0 net_tap0,iface=estab0 "$@"
	start_tap estab
}

start_default() {
	start_with ""
}

# stop_estab NAME: SIGTERM, and it must end well; afterwards its counters can be read.
stop_estab() {
	local name=$1 status=0
	kill -TERM "${estab_pids[$name]}"
	await 10 estab_is_gone "$name" || fail "estab $name did not end within 10 s of SIGTERM"
	wait "${estab_pids[$name]}" || status=$?
	[ "$status" = 0 ] || fail "estab $name ended with status $status"
	[ -s "$work/$name.json" ] || fail "estab $name left no --stats-json"
}

# counter NAME COUNTER: once estab NAME has stopped, the count of a verdict, event or TCP state, the
# total over its lcores of a field as "flows", or what stands at a place as "connect.latency.p99_ns".
counter() {
	python3 "$here/stats.py" "$work/$1.json" "$2"
}

# established NAME: how many handshakes the kernel has completed. It may use a port again whose flow is in
# TIME-WAIT at estab, which closed first: that flow is reopened.
established() {
	echo $(($(counter "$1" ESTABLISHED_BY_COOKIE) + $(counter "$1" ESTABLISHED_REOPENED)))
}

# Whether every connection of the kernel's is over, to the ACK of its FIN, for await.
no_connections() {
	[ -z "$(ss -tHn state connected exclude time-wait)" ]
}

# Whether all that the kernel's connections have sent is acknowledged, for await.
nothing_unacknowledged() {
	[ "$(ss -tHn state established | awk '{sum += $2} END {print sum + 0}')" = 0 ]
}

# expect WHAT ACTUAL OPERATOR WANTED: numbers, with the operators of test.
expect() {
	test "$2" "$3" "$4" || fail "$1: $2, wanted $3 $4"
}

# expect_text WHAT ACTUAL WANTED
expect_text() {
	[ "$2" = "$3" ] || fail "$1: '$2', wanted '$3'"
}

# kernel_counter NAME: of /proc/net/snmp and netstat in this namespace, e.g. TcpRetransSegs.
kernel_counter() {
	awk -v want="$1" '{
		if ($1 == prefix) {
			for (i = 2; i <= NF; i++)
				if (substr(prefix, 1, length(prefix) - 1) names[i] == want) print $i
			prefix = ""
		} else {
			prefix = $1
			split($0, names)
		}
	}' /proc/net/snmp /proc/net/netstat
}

# The kernel as client has sent nothing twice since the namespace began.
expect_no_retransmission() {
	expect "TcpRetransSegs of the kernel" "$(kernel_counter TcpRetransSegs)" -eq 0
	expect "TcpExtTCPTimeouts of the kernel" "$(kernel_counter TcpExtTCPTimeouts)" -eq 0
}

show_on_failure() {
	local status=$? name
	[ "$status" != 0 ] && [ "$status" != "$SKIP" ] || return 0
	set +e
	for name in "${!estab_pids[@]}"; do
		kill -TERM "${estab_pids[$name]}" 2>/dev/null
		await 10 estab_is_gone "$name"
		echo "--- output of estab $name"
		tail -n 40 "$work/$name.log"
		echo "--- counters of estab $name"
		[ -e "$work/$name.json" ] && python3 "$here/stats.py" "$work/$name.json"
	done
	echo "--- the kernel: retransmitted $(kernel_counter TcpRetransSegs), out of" \
		"$(kernel_counter TcpOutSegs) segments"
} >&2

# Requests by the kernel over IPv4 and IPv6 to estab on a socket of the kernel's: all answered, every
# checksum good. Ends estab.
serve_kernel_over_socket() {
	await_answer estab "$SERVER4"
	await_answer estab "$SERVER6"

	python3 - "$SERVER4" "$SERVER6" <<'PYTHON'
import socket
import sys

for server in sys.argv[1:]:
    for i in range(200):
        with socket.create_connection((server, 80), 10) as client:
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            if not b"".join(iter(lambda: client.recv(65536), b"")).endswith(b"estab\n"):
                sys.exit(f"{server}: a wrong response")
PYTHON
	expect_no_retransmission
	stop_estab estab

	expect established "$(established estab)" -eq 400
	# A busy machine may drop a final ACK at the ring: the data then stands in for it.
	expect DATA_ACCEPTED "$(counter estab DATA_ACCEPTED)" -gt 0
	expect DROP_BAD_TCP_CHECKSUM "$(counter estab DROP_BAD_TCP_CHECKSUM)" -eq 0
}

[ "${IN_NAMESPACES:-}" = 1 ] || enter_namespaces "$@"
work=/run/work
furnish_namespaces
trap show_on_failure EXIT
