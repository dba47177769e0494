#!/bin/busybox sh
# Process 1 of the I/O bench's guest. The kernel's command line says what is to be done, in the variables of the kernel's that it hands on:
#   io_disks="DEVICE:NAME ..." io_disk="MEGABYTES PASSES REQUESTS"    programs of disk.c
#   io_nat="DRIVER:NAME ..." io_server=PORT io_tcp=MEGABYTES    programs of tcp.c, with the host behind each card's router
#   io_serve="DRIVER:ADDRESS ..."                                be the server of another guest, and never end
#   io_lan="DRIVER:NAME:ADDRESS:PEER ..."                        be its client
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for option in $(cat /proc/cmdline); do
  case $option in io_*=*) eval "$(echo "$option" | sed 's/=/="/; s/,/ /g; s/$/"/')" ;; esac
done
for module in $(cat /modules/order); do insmod /modules/$module.ko || echo "FAIL insmod $module"; done
echo USERSPACE

# The card of a driver, up and with a link.
card() {
  for path in /sys/class/net/*; do
    [ "$(basename "$(readlink $path/device/driver)")" = "$1" ] || continue
    name=${path##*/}
    ifconfig $name up
    until [ "$(cat $path/carrier)" = 1 ]; do sleep 0.1; done
    echo $name
    return
  done
  echo "FAIL no card of $1" > /dev/console
}

for entry in $io_disks; do /bench/disk /dev/${entry%%:*} ${entry#*:} $io_disk; done

for entry in $io_nat; do
  eth=$(card ${entry%%:*})
  udhcpc -i $eth -q -n -f -s /lease > /dev/null 2>&1 || echo "FAIL no lease for $entry"
  for way in receive send; do /bench/tcp $way ${entry#*:}_$way $(cat /router) $io_server $io_tcp; done
  ifconfig $eth down
done

for entry in $io_serve; do ifconfig $(card ${entry%%:*}) ${entry#*:} netmask 255.255.255.0; done
[ -z "$io_serve" ] || /bench/tcp serve 5000 $io_tcp

for entry in $io_lan; do
  IFS=: read -r driver name address peer <<END
$entry
END
  ifconfig $(card $driver) $address netmask 255.255.255.0
  for way in receive send; do /bench/tcp $way ${name}_$way $peer 5000 $io_tcp; done
done

echo ALLDONE
poweroff -f
