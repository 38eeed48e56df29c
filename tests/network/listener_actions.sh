#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# listener_actions: what a client of each kind of listener sees: hold, respond, close, reset and no
# listener at all; and that a half-closed connection still gets its answer.
#
#     Linux client                       estab respond
#     estab0  192.0.2.2/24     net_tap   192.0.2.1/24
#             2001:db8::2/64  <------->  2001:db8::1/64
. "$(dirname "$0")/topology.sh"

need nc
start_with '[tcp]' 'time_wait_s = 1'
python3 - "$work/http-200.txt" "$SERVER4" "$SERVER6" <<'PYTHON'
import socket
import sys


def connect(server, port):
    return socket.create_connection((server, port), 10)


def read_all(client):
    return b"".join(iter(lambda: client.recv(65536), b""))


def check(what, condition):
    if not condition:
        sys.exit(what)


def check_hold(server):
    with connect(server, 81) as client:
        client.sendall(b"x" * 5000)
        client.settimeout(0.3)
        try:
            check(f"{server}: hold sent something or closed", client.recv(1) is None)
        except TimeoutError:
            pass
        client.settimeout(10)
        client.shutdown(socket.SHUT_WR)
        check(f"{server}: hold did not close after our FIN", read_all(client) == b"")


def check_respond(server, response):
    with connect(server, 80) as client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        check(f"{server}: respond sent something else", read_all(client) == response)
    with connect(server, 80) as client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        client.shutdown(socket.SHUT_WR)
        check(f"{server}: respond sent something else to a half-closed client", read_all(client) == response)


def check_close(server):
    with connect(server, 82) as client:
        check(f"{server}: close sent data", read_all(client) == b"")


def check_reset(server):
    # The RST may overtake connect()'s return: either way it is a reset, never a refusal.
    try:
        with connect(server, 83) as client:
            client.recv(1)
    except ConnectionResetError:
        return
    sys.exit(f"{server}: reset did not reset")


def check_no_listener(server):
    try:
        connect(server, 84).close()
    except ConnectionRefusedError:
        return
    sys.exit(f"{server}: port 84 was not refused")


with open(sys.argv[1], "rb") as file:
    wanted = file.read()
for address in sys.argv[2:]:
    check_hold(address)
    check_respond(address, wanted)
    check_close(address)
    check_reset(address)
    check_no_listener(address)
PYTHON

for server in "$SERVER4" "$SERVER6"; do
	printf 'GET / HTTP/1.0\r\n\r\n' | timeout -k 5 10 nc -N "$server" 80 >"$work/answer" || fail "nc -N $server failed"
	cmp "$work/answer" "$work/http-200.txt" || fail "nc -N $server 80 got something else"
	printf 'data' | timeout -k 5 10 nc -N "$server" 81 >"$work/answer" || fail "nc -N $server 81 failed"
	[ ! -s "$work/answer" ] || fail "nc -N $server 81 got data from a hold listener"
done
expect_no_retransmission
stop_estab estab

expect RESET_CLOSED "$(counter estab RESET_CLOSED)" -eq 2
expect RETRANSMITTED "$(counter estab RETRANSMITTED)" -eq 0
