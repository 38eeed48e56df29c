#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# card: one emulated card, driven by estab in a guest, against the kernel's TCP and against frames of known
# answers. Five runs of estab; started by scripts/test-nics, as root.
#
#     card.sh CARD      of cards.sh
# shellcheck disable=SC2034,SC2154 # from and for the files it sources
GUEST_SECONDS=150 GUEST_HUGE_PAGES=160 # of 2 MiB
. "$(dirname "$0")/../network/topology.sh"
. "$root/tests/nics/guest.sh"
. "$root/tests/nics/cards.sh"

card=$1
device=0000:00:05.0
queues=${CARD_QUEUES[$card]}
VLAN=42 VLAN_SERVER4=198.18.0.1 VLAN_SERVER6=2001:db8:1::1 VLAN_CLIENT4=198.18.0.2 VLAN_CLIENT6=2001:db8:1::2
N=200
need tcpdump ethtool ip

# The hour may not turn between two runs that must answer SYNs alike: a slot that ends later.
rotate_s=3600
[ $(($(date +%s) % rotate_s)) -lt $((rotate_s - 120)) ] || rotate_s=3500

# write_run NAME LINE...: with the same key, which together with the tuple makes the ISN.
write_run() {
	write_guest_config "$1" "$device" "--lcores 0@0,1@1,2@2" "queues = $queues" "${@:2}" \
		"[cookie]" "key_file = cookie.key" "rotate_s = $rotate_s"
}

# --- Run 1: announcements, and connections of the kernel's ----------------------------------------

shown() {
	tcpdump -nn -v -r "$work/announcements.pcap" 2>/dev/null | sed -E ':again; N; s,\n[ \t]+, ,; t again; P; D'
}

has() {
	grep -qE "$1" <<<"$(shown)"
}

expect_announcements() {
	local words
	for words in \
		'ARP.*(who-has|Request).* 192\.0\.2\.1 .*tell 192\.0\.2\.1' \
		'2001:db8::1 > ff02::1: .*neighbor advertisement.*tgt is 2001:db8::1'; do
		await 10 has "$words" || fail "no announcement like '$words'"
	done
}

# connect_clients NAME ADDRESS...: N connections that stay and N with a response, to each.
connect_clients() {
	local log=$work/$1.clients
	shift
	timeout -k 5 60 python3 "$nics/clients.py" "$N" "$@" >"$log" 2>&1 &
	clients=$!
	connected_or_ended() {
		! kill -0 "$clients" 2>/dev/null || grep -q all "$log"
	}
	await 60 connected_or_ended || fail "not all clients could connect within 60 s"
	grep -q all "$log" || fail "not all clients could connect: $(cat "$log")"
}

expect_established() {
	expect ESTABLISHED_BY_COOKIE "$(counter "$1" ESTABLISHED_BY_COOKIE)" -eq $((4 * N))
	expect "flows that stay" "$(counter "$1" ESTABLISHED)" -eq $((2 * N))
	expect "flows in TIME-WAIT" "$(counter "$1" TIME-WAIT)" -eq $((2 * N))
	expect DROP_BAD_TCP_CHECKSUM "$(counter "$1" DROP_BAD_TCP_CHECKSUM)" -eq 0
	expect DROP_BAD_IP_CHECKSUM "$(counter "$1" DROP_BAD_IP_CHECKSUM)" -eq 0
}

run_against_kernel() {
	local spread=rss
	[ "${CARD_SPREAD[$card]}" != one ] || spread=auto
	write_run kernel "spread = $spread" "ipv4 = $SERVER4/24" "ipv6 = $SERVER6/64"
	timeout -k 5 "$GUEST_SECONDS" tcpdump -i estab0 -nn -w "$work/announcements.pcap" --immediate-mode -U 2>/dev/null &
	await 20 test -s "$work/announcements.pcap" || fail "tcpdump does not start"
	launch_estab kernel
	await_answer kernel "$SERVER4"
	await_answer kernel "$SERVER6"
	expect_announcements
	connect_clients kernel "$SERVER4" "$SERVER6"
	end_in_guest kernel TERM
	kill "$clients"
	expect_established kernel

	# Clients wait for one answer before they send more, and repeat a segment after a second: only two
	# busy cores of a busy machine can be as slow as that, and not often.
	retransmitted=$(kernel_counter TcpRetransSegs)
	expect "segments the kernel sent twice" "$retransmitted" -le $((4 * N / 100))
	flows=$(python3 "$here/../nics/lcores.py" "$work/kernel.json" "${CARD_SPREAD[$card]}" "$retransmitted") ||
		fail "the lcores of $card"
	expect_spread_said
}

# What a card does that takes all on its first queue, estab must say.
expect_spread_said() {
	local line="estab: port $device: RSS brings nothing to queue 1 of 2, while others have"
	if [ "${CARD_SPREAD[$card]}" = first ]; then
		grep -qF "$line" "$work/kernel.log" || fail "estab does not say: $line"
	else
		! grep "estab: port $device: \(RSS\|segments\)" "$work/kernel.log" || fail "estab says so without reason"
	fi
}

# --- Runs 2 and 3: the same frames, with what the card computes and without --------------------------

expect_note() {
	local note=${CARD_NOTE[$card]}
	[ -z "$note" ] || grep -qF "port $device: note: $note" "$work/$1.log" || fail "run $1: estab does not say: $note"
}

expect_bad_ones_counted() {
	expect "DROP_BAD_TCP_CHECKSUM of $1" "$(counter "$1" DROP_BAD_TCP_CHECKSUM)" -eq 60
	expect "DROP_BAD_IP_CHECKSUM of $1" "$(counter "$1" DROP_BAD_IP_CHECKSUM)" -eq 10
}

# exchange_frames NAME [PRELOAD]
exchange_frames() {
	local name=$1
	write_run "$name" "ipv4 = $SERVER4/24" "ipv6 = $SERVER6/64"
	GUEST_PRELOAD=${2:-} launch_estab "$name"
	await_answer "$name" "$SERVER4"
	timeout -k 5 60 python3 "$nics/wire_bytes.py" estab0 >"$work/$name.frames" || fail "the frames of run $name"
	end_in_guest "$name" TERM
	expect_note "$name"
	expect_bad_ones_counted "$name"
}

# expect_checksums_by WHO NAME: as estab says at its start.
expect_checksums_by() {
	grep -q "^port $device: .*, checksums sent by $1\$" "$work/$2.log" ||
		fail "run $2: checksums are not sent by $1: $(grep '^port' "$work/$2.log")"
}

run_with_and_without_offloads() {
	exchange_frames offloads
	exchange_frames plain /lib/plain_checksums.so
	expect_checksums_by "the port" offloads
	expect_checksums_by software plain
	cmp "$work/offloads.frames" "$work/plain.frames" || fail "other bytes on the wire with offloads than without"
	n_frames=$(wc -l <"$work/plain.frames")
}

# A driver without RSS gets no second queue, even if asked for it.
expect_rss_refused() {
	local status=0
	[[ ${CARD_NOTE[$card]} = "no RSS for TCP"* ]] || return 0
	write_run refused "spread = rss" "ipv4 = $SERVER4/24"
	launch_estab refused
	await 20 estab_is_gone refused || fail "estab does not refuse spread = rss within 20 s"
	wait "${estab_pids[refused]}" || status=$?
	expect "status with spread = rss" "$status" -eq 2
	grep -qF "device = $device: cannot spread flows by RSS" "$work/refused.log" || fail "estab does not say why not RSS"
}

# --- Run 4: a VLAN, and an end by Ctrl-C ------------------------------------------------------------

# client0 <veth> client1 <vlan_switch.py, tags> estab0
join_vlan() {
	ip link add client0 type veth peer name client1
	sysctl -qw net.ipv6.conf.client1.disable_ipv6=1
	ethtool -K client0 tx off >/dev/null
	ip address add "$VLAN_CLIENT4/24" dev client0
	ip -6 address add "$VLAN_CLIENT6/64" dev client0 nodad
	ip link set client0 up
	ip link set client1 up
	timeout -k 5 "$GUEST_SECONDS" python3 "$here/vlan_switch.py" estab0 client1 "$VLAN" >"$work/switch.log" &
	await 10 grep -q switching "$work/switch.log" || fail "vlan_switch.py does not start"
}

run_in_vlan() {
	join_vlan
	write_run vlan "vlan = $VLAN" "ipv4 = $VLAN_SERVER4/24" "ipv6 = $VLAN_SERVER6/64"
	launch_estab vlan
	await_answer vlan "$VLAN_SERVER4"
	await_answer vlan "$VLAN_SERVER6"
	connect_clients vlan "$VLAN_SERVER4" "$VLAN_SERVER6"
	ping -c 1 -W 1 "$SERVER4" >/dev/null && fail "an untagged ping was answered"
	end_in_guest vlan INT
	kill "$clients"
	expect_established vlan
	expect DROP_OTHER_VLAN "$(counter vlan DROP_OTHER_VLAN)" -ge 1
}

# --- Run 5: two lcores, whatever the card can do -----------------------------------------------------

run_by_software() {
	queues=2
	write_run software "spread = software" "ipv4 = $SERVER4/24" "ipv6 = $SERVER6/64"
	launch_estab software
	await_answer software "$SERVER4"
	await_answer software "$SERVER6"
	connect_clients software "$SERVER4" "$SERVER6"
	end_in_guest software TERM
	kill "$clients"
	expect_established software
	software_flows=$(python3 "$here/../nics/lcores.py" "$work/software.json" software "$N") ||
		fail "the lcores of $card with spread = software"
}

head -c 32 /dev/urandom >"$work/cookie.key"
boot_guest "${CARD_BINDING[$card]}" "${CARD_TAP_QUEUES[$card]}" -smp 3 -m 640 -device "${CARD_DEVICE[$card]},netdev=net,addr=5,romfile="
bind_card "${CARD_BINDING[$card]}" "$device"
ip address add "$CLIENT4/24" dev estab0
ip -6 address add "$CLIENT6/64" dev estab0 nodad
ip link set estab0 up
ip route add "$SERVER4" dev estab0 rto_min 1s
ip -6 route add "$SERVER6" dev estab0 rto_min 1s
run_against_kernel
run_with_and_without_offloads
expect_rss_refused
run_in_vlan
run_by_software
driver=$(sed -n 's/^port [^ ]* \([a-z0-9_]*\), .*/\1/p' "$work/kernel.log")
echo "$card: driver $driver, flows of the lcores $flows, by software $software_flows; $((12 * N)) connections," \
	"$((4 * N)) of them in a VLAN," \
	"$retransmitted segments sent twice; $n_frames answers alike with checksums of the port and without"
