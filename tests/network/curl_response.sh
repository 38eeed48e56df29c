#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# curl_response: curl gets the file of a respond listener, byte for byte, hundreds of times, over IPv4
# and IPv6, one after the other and in parallel.
#
#     Linux client                       estab respond
#     estab0  192.0.2.2/24     net_tap   192.0.2.1/24
#             2001:db8::2/64  <------->  2001:db8::1/64
. "$(dirname "$0")/topology.sh"

need curl
start_default

# fetch URL: the body and the status in one line.
fetch() {
	curl --silent --show-error --max-time 10 --noproxy '*' --write-out ' %{http_code} %{size_download}' "$1" | tr -d '\n'
}

for url in "http://$SERVER4/" "http://[$SERVER6]/"; do
	expect_text "curl $url" "$(fetch "$url")" "estab 200 6"
	got=$(seq 300 | xargs -P 8 -I{} curl --silent --show-error --max-time 10 --noproxy '*' "$url{}" | sort | uniq -c | tr -s ' ')
	expect_text "300 times $url" "$got" " 300 estab"
done
await 10 no_connections || fail "the connections do not end"
expect_no_retransmission
stop_estab estab

expect established "$(established estab)" -eq 602
expect DATA_ACCEPTED "$(counter estab DATA_ACCEPTED)" -eq 602
expect RETRANSMITTED "$(counter estab RETRANSMITTED)" -eq 0
# estab closed first: TIME-WAIT is its, not the client's.
expect TIME-WAIT "$(counter estab TIME-WAIT)" -eq "$(counter estab ESTABLISHED_BY_COOKIE)"
expect flows "$(counter estab flows)" -eq "$(counter estab TIME-WAIT)"
