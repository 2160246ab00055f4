#!/bin/sh
# The first process of the host and of its guests; "who" on the kernel's command line says of which.
PATH=/bin; export PATH
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev; mount -t tmpfs run /run
for word in $(cat /proc/cmdline); do case $word in who=*|name=*|nonce=*|set=*) eval "$word";; esac; done
# Nothing may move pages after they were listed.
echo 4000000000 >/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs; echo 0 >/proc/sys/vm/compaction_proactiveness

if [ "$who" = guest ]; then
  sleep 100001 &
  probe marker "$name" "$nonce"
fi

for m in irqbypass kvm; do insmod /lib/$m.ko; done
insmod /lib/kvm-amd.ko npt=1
guest() { # NAME MEGABYTES HOW
  vmm /vm/bzImage /vm/initrd "$2" "$1" "$3" "init_on_free=1 tsc=reliable no_timer_check nowatchdog audit=0 random.trust_cpu=on 8250.nr_uarts=0 i8042.noaux i8042.nokbd panic=-1 rdinit=/init who=guest name=$1 nonce=$nonce" &
  while [ ! -e /run/ready-"$1" ]; do sleep 1; done
}
if [ "$set" = clones ]; then
  guest alpha 84 snapshot; wait
  rm /run/ready-alpha; guest alpha 84 restore; guest beta 84 restore; sleep 8
else
  guest alpha 84 run; guest beta 76 run
fi
rm -rf /vm /lib
probe merge "$nonce" &
if [ "$set" != clones ]; then
  cd /sys/kernel/mm/ksm
  [ "$set" = zeros ] && echo 1 >use_zero_pages
  echo 4000 >pages_to_scan; echo 20 >sleep_millisecs; echo 1 >run
  quiet=0; last=0
  while [ $quiet -lt 4 ] || [ "$(cat full_scans)" -lt 4 ]; do
    sleep 2; now=$(cat pages_sharing); change=$((now-last)); last=$now
    [ $change -gt -20 ] && [ $change -lt 20 ] && quiet=$((quiet+1)) || quiet=0
  done
  echo 0 >run; cd /
  sleep 6 # the guests read their pages again
fi
echo 3 >/proc/sys/vm/drop_caches; sleep 2
probe truth
echo READY >/dev/ttyS0
while :; do sleep 1000; done
