# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash disable=SC2034
# cards: sourced; what there is to know of each emulated card.

CARDS=(e1000 e1000e virtio-net-pci vmxnet3 igb)

# QEMU's device.
declare -A CARD_DEVICE=(
	[e1000]=e1000
	[e1000e]=e1000e
	[igb]=igb
	[virtio-net-pci]="virtio-net-pci,mq=on,vectors=6,rss=on,hash=on,iommu_platform=on,disable-legacy=on"
	[vmxnet3]=vmxnet3
)

# What gives it to DPDK in the guest. QEMU 10.0 sometimes ends by an assertion (iotlb_to_section) when a device
# is opened or closed by VFIO while other CPUs run; UIO changes no mapping then.
declare -A CARD_BINDING=([e1000]=vfio [e1000e]=vfio [igb]=uio [virtio-net-pci]=vfio [vmxnet3]=vfio)

# Queues that the tap has: QEMU's virtio wants as many as the card.
declare -A CARD_TAP_QUEUES=([e1000]=1 [e1000e]=1 [igb]=1 [virtio-net-pci]=2 [vmxnet3]=1)

# Queues that estab is told to use.
declare -A CARD_QUEUES=([e1000]=1 [e1000e]=2 [igb]=2 [virtio-net-pci]=2 [vmxnet3]=2)

# What the emulation does with them: it spreads flows as key and table say, or has all on the first. "one":
# DPDK's driver has no RSS for it.
declare -A CARD_SPREAD=([e1000]=one [e1000e]=one [igb]=rss [virtio-net-pci]=rss [vmxnet3]=first)

# What estab says of it with spread = auto.
declare -A CARD_NOTE=(
	[e1000]=""
	[e1000e]="no RSS for TCP: one queue"
	[igb]=""
	[virtio-net-pci]=""
	[vmxnet3]="its driver does not confirm RSS for TCP: one queue"
)
