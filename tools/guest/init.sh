#!/bin/sh
# First program of the guest, in its initramfs: loads the drivers of its disks, puts the root together and goes there.
# Disks: vda the host's programs, vdb the source tree, vdc kernel modules (all read-only), vdd an empty one for tests.
set -e
mount -t devtmpfs devtmpfs /dev
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs -o mode=755 tmpfs /run
while read -r module; do insmod "$module"; done </modules.list

mkdir -p /layers /root
mount -t tmpfs -o size=75% tmpfs /layers
mkdir -p /layers/base /layers/tree /layers/base.new /layers/base.work /layers/tree.new /layers/tree.work
mount -t squashfs -o ro /dev/vda /layers/base
mount -t squashfs -o ro /dev/vdb /layers/tree
mount -t overlay -o lowerdir=/layers/base,upperdir=/layers/base.new,workdir=/layers/base.work overlay /root
mkdir -p /root/wharf /root/usr/lib/modules /root/dev /root/proc /root/sys /root/run /root/tmp /root/root /root/var/lib /root/etc
chmod 1777 /root/tmp
mount -t overlay -o lowerdir=/layers/tree,upperdir=/layers/tree.new,workdir=/layers/tree.work overlay /root/wharf
mount -t squashfs -o ro /dev/vdc /root/usr/lib/modules
cp -r /boot.sh /job.sh /programs /run/
# Takes /dev, /proc, /sys and /run along.
exec switch_root /root /bin/sh /run/boot.sh
