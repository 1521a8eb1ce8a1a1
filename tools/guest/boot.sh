#!/bin/sh
# Process 1 of the guest: makes it a machine with cgroup v2 only, runs the job, tells its exit status on the second
# serial port and switches off.
export PATH=/wharf/build:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb LANG=C.UTF-8
# With the options that systemd uses.
mount -t cgroup2 -o nsdelegate,memory_recursiveprot cgroup2 /sys/fs/cgroup
# The job is in /run.
mkdir -p /dev/pts /dev/shm /dev/mqueue
mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
mount -t mqueue mqueue /dev/mqueue
mount --make-rshared /
ln -sfn /proc/self/fd /dev/fd
# What the engine's interfaces and rules need; further parts of nf_tables are loaded by the kernel itself.
modprobe -a -q overlay veth bridge br_netfilter nf_tables bfq
ip link set lo up
echo guest >/proc/sys/kernel/hostname
printf '127.0.0.1 localhost guest\n' >/etc/hosts
: >/etc/resolv.conf
[ -b /dev/vde ] && mkswap /dev/vde >/dev/null && swapon /dev/vde
cd /wharf || exit
sh /run/job.sh </dev/null
echo "exit $?" >/dev/ttyS1
sync
echo b >/proc/sysrq-trigger
while :; do sleep 1; done
