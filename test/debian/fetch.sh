#!/bin/bash
# Fetches what the Debian tests boot, by package name, into .cache/debian: the i386 netboot kernel, modules that go with it of KVM and for disks,
# virtio devices and network cards, the same kernel with PAE, a static i386 busybox, SeaBIOS.
# Nothing of it is ever committed. Needs apt-get, dpkg-deb; as root, or with the i386 architecture already known to apt.
set -euo pipefail
cd "$(dirname "$0")/../.."
cache=.cache/debian
mkdir -p "$cache/debs"

# A mirror that is being synchronised answers wrongly for a while.
retry() {
  for pause in 5 30 0; do
    "$@" && return 0
    sleep "$pause"
  done
  return 1
}

download() { # package, glob of its file name
  compgen -G "$cache/debs/$2" > /dev/null || (cd "$cache/debs" && retry apt-get download -q "$1")
}

download debian-installer-12-netboot-i386 'debian-installer-12-netboot-i386_*.deb'
download seabios 'seabios_*.deb'
dpkg --print-foreign-architectures | grep -qx i386 || { dpkg --add-architecture i386; retry apt-get update -q || true; }
download busybox-static:i386 'busybox-static_*_i386.deb'

unpack() { # glob, folder
  rm -rf "$cache/$2" && mkdir -p "$cache/$2" && dpkg-deb -x "$(compgen -G "$cache/debs/$1" | sort | tail -1)" "$cache/$2"
}
unpack 'debian-installer-12-netboot-i386_*.deb' netboot
unpack 'seabios_*.deb' seabios
unpack 'busybox-static_*_i386.deb' busybox
cp "$(find "$cache/netboot" -path '*/text/debian-installer/i386/linux' | head -1)" "$cache/vmlinuz"
# The installer's kernel is that of a package, which has the modules; the same with PAE is another package.
release=$(grep -a -o -m1 -E '[0-9]+\.[0-9]+\.[0-9]+-[0-9]+-686' "$cache/vmlinuz" | head -1)
kernel_parts() { # release, folder, files
  local deb="linux-image-$1_*_i386.deb" folder=$cache/$2
  download "linux-image-$1:i386" "$deb"
  rm -rf "$folder" && mkdir -p "$folder"
  dpkg-deb --fsys-tarfile "$(compgen -G "$cache/debs/$deb" | sort | tail -1)" |
    tar -x -C "$folder" --wildcards --no-anchored --transform 's,.*/,,' "${@:3}"
}
# IDE disks and CDs, floppies, and the file systems on them, with what these modules need.
DISK_MODULES=(crc16.ko crc64.ko crc64-rocksoft.ko crct10dif_common.ko crc-t10dif.ko t10-pi.ko scsi_common.ko scsi_mod.ko sd_mod.ko cdrom.ko
  sr_mod.ko libata.ko ata_piix.ko crc32c_generic.ko mbcache.ko jbd2.ko ext4.ko isofs.ko floppy.ko)
VIRTIO_MODULES=(virtio.ko virtio_ring.ko virtio_pci.ko virtio_pci_legacy_dev.ko virtio_pci_modern_dev.ko virtio_blk.ko virtio-rng.ko virtio_console.ko)
NETWORK_MODULES=(e1000.ko mii.ko 8139cp.ko 8139too.ko 8390.ko ne2k-pci.ko failover.ko net_failover.ko virtio_net.ko)
kernel_parts "$release" modules irqbypass.ko kvm.ko kvm-amd.ko button.ko "${DISK_MODULES[@]}" "${VIRTIO_MODULES[@]}" "${NETWORK_MODULES[@]}"
kernel_parts "$release-pae" pae "vmlinuz-$release-pae" irqbypass.ko kvm.ko kvm-amd.ko
mv "$cache/pae/vmlinuz-$release-pae" "$cache/pae/vmlinuz"
cp "$(find "$cache/busybox" -path '*bin/busybox' -type f | head -1)" "$cache/busybox.bin"
cp "$cache/seabios/usr/share/seabios/bios.bin" "$cache/bios.bin"
cp "$cache/seabios/usr/share/seabios/vgabios-stdvga.bin" "$cache/vgabios.bin"
echo "ready: $cache"
