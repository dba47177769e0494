#!/bin/bash
# Makes a disk image with an installed Debian 12 for i386 in it, of nothing but Debian's packages. No mounts of its own, no loop
# devices: debootstrap installs into a folder, mke2fs makes a file system of that, grub-mkimage the boot loader that stands before it.
#   make-system.sh [IMAGE]      .cache/debian/system.raw if nothing is said; an image that is there is left as it is
# A serial console on ttyS0, root's password "ringside", the network by DHCP on the first card.
# Packages: debootstrap, e2fsprogs, fdisk, grub-pc-bin. They are had from where apt has its own.
set -euo pipefail
image=${1:-$(dirname "$0")/../../.cache/debian/system.raw}
[ -e "$image" ] && { echo "there already: $image"; exit 0; }
[ "$(id -u)" = 0 ] || { echo "make-system.sh: debootstrap needs root" >&2; exit 1; }

SUITE=bookworm
PACKAGES=linux-image-686,systemd-sysv,ifupdown,isc-dhcp-client,iproute2,iputils-ping,zstd
# Left in the image for who wants to install something without a network.
ARCHIVES=(manpages manpages-dev)
PARTITION_START=2048 # in sectors: the gap before it has the boot loader
PARTITION_MIB=1024

mirror=$(apt-get indextargets --format '$(REPO_URI)' "Codename: $SUITE" 'Component: main' 'Created-By: Packages' | head -1)
[ -n "$mirror" ] || { echo "make-system.sh: apt knows no mirror of $SUITE" >&2; exit 1; }

mkdir -p "$(dirname "$image")/debs"
debs=$(realpath "$(dirname "$image")/debs")
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
root=$work/root
chmod 755 "$work"

# The initial ramdisk is made once, at the end, and not by each package that has a say in it.
INITRD=No debootstrap --arch=i386 --variant=minbase --cache-dir="$debs" --include="$PACKAGES" "$SUITE" "$root" "$mirror"
kernel=$(basename "$root"/boot/vmlinuz-*)
chroot "$root" update-initramfs -c -k "${kernel#vmlinuz-}"
chroot "$root" linux-update-symlinks install "${kernel#vmlinuz-}" "/boot/$kernel"
chroot "$root" apt-get clean
rm -f "$root"/var/lib/apt/lists/*_*
for package in "${ARCHIVES[@]}"; do
  compgen -G "$debs/${package}_*.deb" > /dev/null || (cd "$debs" && apt-get download -q "$package")
  cp "$debs/${package}"_*.deb "$root/var/cache/apt/archives"
done

echo 'root:ringside' | chroot "$root" chpasswd
echo debian > "$root/etc/hostname"
printf '127.0.0.1 localhost\n127.0.1.1 debian\n' > "$root/etc/hosts"
echo 'LABEL=debian / ext4 errors=remount-ro 0 1' > "$root/etc/fstab"
cat > "$root/etc/network/interfaces" <<'END'
auto lo
iface lo inet loopback

allow-hotplug eth0
iface eth0 inet dhcp
END
: > "$root/etc/resolv.conf" # debootstrap leaves this machine's, DHCP writes it
# On a very slow host udev may need more than systemd's 90 seconds to find the serial line, which then gets no login.
mkdir -p "$root/etc/systemd/system.conf.d"
printf '[Manager]\nDefaultDeviceTimeoutSec=15min\nDefaultTimeoutStartSec=15min\n' > "$root/etc/systemd/system.conf.d/slow-host.conf"
mkdir -p "$root/boot/grub"
cat > "$root/boot/grub/grub.cfg" <<'END'
serial --unit=0 --speed=115200
terminal_input serial console
terminal_output serial console
set timeout=0
menuentry "Debian" {
  linux /vmlinuz root=LABEL=debian ro net.ifnames=0 console=tty0 console=ttyS0,115200
  initrd /initrd.img
}
END

# SeaBIOS starts the first sector, GRUB's boot.img, which reads on from the second: there grub-mkimage's core is, up to the partition.
truncate -s $((PARTITION_START / 2048 + PARTITION_MIB))M "$work/image"
echo "$PARTITION_START,,L,*" | sfdisk -q --label dos "$work/image"
mke2fs -q -t ext4 -L debian -E offset=$((PARTITION_START * 512)) -d "$root" "$work/image" ${PARTITION_MIB}M
grub-mkimage -O i386-pc -p '(,msdos1)/boot/grub' -o "$work/core.img" biosdisk part_msdos ext2 normal linux serial terminal
[ "$(stat -c %s "$work/core.img")" -le $(((PARTITION_START - 1) * 512)) ] || { echo "make-system.sh: the boot loader is too large" >&2; exit 1; }
dd if=/usr/lib/grub/i386-pc/boot.img of="$work/image" bs=440 count=1 conv=notrunc status=none
dd if="$work/core.img" of="$work/image" bs=512 seek=1 conv=notrunc status=none
cp --sparse=always "$work/image" "$image.part"
mv "$image.part" "$image"
echo "ready: $image"
