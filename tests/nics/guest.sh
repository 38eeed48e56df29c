# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash disable=SC2034,SC2154 # from and for topology.sh
# guest: sourced after topology.sh by the tests of emulated cards. Boots a Linux of nothing but estab under
# QEMU, with one card, and lets topology.sh run estab there as it does here.
#
#     Linux client                     QEMU     guest: estab respond
#     estab0  192.0.2.2/24     tap <-> card --- 192.0.2.1/24
#             2001:db8::2/64                    2001:db8::1/64
#
# From scripts/test-nics: NICS_QEMU the command that starts QEMU, NICS_KERNEL, NICS_INITRAMFS.
nics=$root/tests/nics
export GUEST=$work/guest.sock
ESTAB=$nics/estab_in_guest.py # what runs there is in the initramfs
BOOT_S=90
: "${NICS_QEMU:?run scripts/test-nics}" "${NICS_KERNEL:?}" "${NICS_INITRAMFS:?}"

guest() {
	python3 "$nics/guest.py" "$GUEST" "$1"
}

guest_is_gone() {
	! kill -0 "$guest_pid" 2>/dev/null
}

ready_or_gone() {
	guest_is_gone || grep -q "guest is ready" "$work/console.log"
}

# boot_guest BINDING N_QUEUES QEMU-ARGUMENT...: with a netdev "net", a tap of N_QUEUES, and $GUEST_HUGE_PAGES.
# BINDING vfio: with an IOMMU, since Debian's small kernel has VFIO only with one.
# vaes=off: QEMU 7.2 computes VAES wrongly in the upper half of a register (docs/nics.md).
boot_guest() {
	local binding=$1 queues=$2 command iommu=()
	shift 2
	[ -c /dev/net/tun ] || skip "no /dev/net/tun, so no tap"
	[ "$binding" = uio ] || iommu=(-device "intel-iommu,intremap=on")
	read -ra command <<<"$NICS_QEMU"
	: >"$work/console.log"
	timeout -k 5 "$GUEST_SECONDS" "${command[@]}" \
		-machine q35 -accel tcg,thread=multi -cpu max,vaes=off -nodefaults -display none -no-reboot \
		-kernel "$NICS_KERNEL" -initrd "$NICS_INITRAMFS" \
		-append "console=ttyS0 quiet panic=-1 intel_iommu=on hugepages=$GUEST_HUGE_PAGES" \
		-serial "file:$work/console.log" \
		-chardev "socket,id=init,path=$GUEST,server=on,wait=off" -serial chardev:init \
		"${iommu[@]}" \
		-netdev "tap,id=net,ifname=estab0,script=no,downscript=no,vhost=off,queues=$queues" \
		"$@" >"$work/qemu.log" 2>&1 &
	guest_pid=$!
	await "$BOOT_S" ready_or_gone || fail "the guest does not boot within $BOOT_S s"
	! guest_is_gone || fail "QEMU ended by itself"
}

# bind_card BINDING ADDRESS: let DPDK have the card.
bind_card() {
	local modules="vfio_iommu_type1 vfio-pci" driver=vfio-pci
	[ "$1" = vfio ] || modules=uio_pci_generic driver=uio_pci_generic
	guest "modprobe -a $modules
		echo $driver >/sys/bus/pci/devices/$2/driver_override
		echo $2 >/sys/bus/pci/drivers_probe
		[ -e /sys/bus/pci/drivers/$driver/$2 ]" || fail "the guest cannot give $2 to $driver"
}

# end_in_guest NAME SIGNAL: estab must end well, as by stop_estab, which has less patience: all that waits in
# the guest waits for CPUs that poll.
end_in_guest() {
	local name=$1 status=0
	guest "kill -$2 \$(cat /run/estab/pid)" || fail "SIG$2 does not reach estab $name"
	await 30 estab_is_gone "$name" || fail "estab $name did not end within 30 s of SIG$2"
	wait "${estab_pids[$name]}" || status=$?
	expect "status of estab $name after SIG$2" "$status" -eq 0
	[ -s "$work/$name.json" ] || fail "estab $name left no --stats-json"
}

# write_guest_config NAME DEVICE EAL-ARGUMENTS [LINE]...: as write_config of topology.sh.
write_guest_config() {
	local name=$1 device=$2 arguments=$3
	shift 3
	printf 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nestab\n' >"$work/http-200.txt"
	cat >"$work/$name.conf" <<-CONFIG
		[eal]
		args = $arguments

		[flow]
		capacity_ipv4 = 65536
		capacity_ipv6 = 65536

		[listen 80]
		established = respond
		response = http-200.txt

		[listen 81]
		established = hold

		[port 0]
		device = $device
	CONFIG
	printf '%s\n' "$@" >>"$work/$name.conf"
}

show_guest_on_failure() {
	local status=$?
	[ "$status" != 0 ] && [ "$status" != "$SKIP" ] || return 0
	(exit "$status") || show_on_failure
	{
		echo "--- console of the guest"
		tail -n 30 "$work/console.log"
		echo "--- QEMU"
		tail -n 10 "$work/qemu.log"
	} >&2
}
trap show_guest_on_failure EXIT
