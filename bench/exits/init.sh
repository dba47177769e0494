#!/bin/busybox sh
# Moves data over disks and network cards, for `npm run bench:exits`. The kernel's command line says how much, and over which: io_mebibytes=N
# io_disks=ide-pio,ide-dma,virtio-blk io_nics=MODEL,MODEL. After one mebibyte that nobody counts, everything is done twice, with one mebibyte and with N
# more. The lines around it are those of guests/nanobench/kernel.asm: nano BEGIN NAME, nano END NAME, nano NAME MEBIBYTES 0, or nano NOT NAME.
# Card number I is in a network of its own, 10.0.I.0/24, where bench/exits/host.ts answers at 10.0.I.1.
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
option() { sed "s/.* $1=\([^ ]*\).*/\1/" /proc/cmdline | tr , ' '; }
mebibytes=$(option io_mebibytes)

load() {
  for module in "$@"; do [ -d "/sys/module/$(echo "$module" | tr - _)" ] || insmod "/modules/$module.ko" || return 1; done
}

# NAME, and a command that gets the number of mebibytes as its last argument.
measure() {
  name=$1
  shift
  "$@" 1
  for count in 1 $((mebibytes + 1)); do
    echo "nano BEGIN $name"
    if "$@" "$count"; then
      echo "nano END $name"
      echo "nano $name $count 0"
    else
      echo "nano NOT $name"
      return
    fi
  done
}

# DISK MEBIBYTES. In requests of 64 KiB, past the page cache.
read_disk() { dd if="$1" of=/dev/null bs=64k count=$((16 * $2)) iflag=direct 2> /dev/null; }
write_disk() { dd if=/dev/zero of="$1" bs=64k count=$((16 * $2)) oflag=direct 2> /dev/null; }

# Where sysfs has the disk. Channel 2 is told to use PIO.
folder_of() {
  case $1 in
    ide-dma) echo /sys/class/ata_port/ata1/device/host*/target*/*/block/* ;;
    ide-pio) echo /sys/class/ata_port/ata2/device/host*/target*/*/block/* ;;
    virtio-blk) echo /sys/block/vda ;;
  esac
}

# NAME
measure_disk() {
  until [ -d "$(folder_of "$1")" ]; do sleep 0.1; done
  disk=/dev/$(basename "$(folder_of "$1")")
  until [ -b "$disk" ]; do sleep 0.1; done
  measure "$1:read" read_disk "$disk"
  measure "$1:write" write_disk "$disk"
}

# HOST MEBIBYTES. Both ports get a line with a number of bytes: 9 takes as many and then answers with a line, 19 sends as many and ends.
send() { nc "$1" 9 -e sh -c "echo $(($2 << 20)); dd if=/dev/zero bs=64k count=$((16 * $2)); read answer" 2> /dev/null; }
receive() { nc "$1" 19 -e sh -c "echo $(($2 << 20)); dd of=/dev/null bs=64k" 2> /dev/null; }

drivers() {
  case $1 in
    rtl8139) echo mii 8139cp ;;
    ne2k_pci) echo 8390 ne2k-pci ;;
    virtio-net-pci) echo failover net_failover virtio_net ;;
    *) echo "$1" ;;
  esac
}

# MODEL NUMBER
measure_nic() {
  if ! load $(drivers "$1"); then
    echo "nano NOT $1:receive"
    echo "nano NOT $1:send"
    return
  fi
  # The newest.
  interface=$(ls /sys/class/net | grep eth | tail -1)
  ifconfig "$interface" "10.0.$2.15" netmask 255.255.255.0 up
  until [ "$(cat "/sys/class/net/$interface/carrier")" = 1 ]; do sleep 0.1; done
  measure "$1:receive" receive "10.0.$2.1"
  measure "$1:send" send "10.0.$2.1"
  ifconfig "$interface" down
}

load crc64 crc64-rocksoft crct10dif_common crc-t10dif t10-pi scsi_common scsi_mod sd_mod virtio virtio_ring virtio_pci_legacy_dev \
  virtio_pci_modern_dev virtio_pci virtio_blk
insmod /modules/libata.ko force=2.00:pio4
load ata_piix
for name in $(option io_disks); do measure_disk "$name"; done
number=0
for model in $(option io_nics); do
  measure_nic "$model" "$number"
  number=$((number + 1))
done
poweroff -f
