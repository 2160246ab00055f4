#!/bin/bash
# build.sh : one stopped machine, written in every form that QEMU and makedumpfile have, so that the readers can be held against
# each other: the same memory and the same registers must come out of each file.
#   ./build.sh prepare            fetch packages, make the initramfs                       (half a minute)
#   ./build.sh dump [NAME...]     boot, stop, write: qemu7 qemu10 q35 live compress xbzrle  (about a minute each)
#   ./build.sh check              open every file with Nestwalk and compare                 (../../nestwalk must run)
# Results: images/NAME/*; work/ may be deleted. No root rights, no KVM (TCG).
# Needs Debian 12 (amd64) with: qemu-system-x86 qemu-utils makedumpfile busybox-static cpio python3 lzop zstd
#   (apt-get install --no-install-recommends ...), package lists (apt-get update), 2 GB of disk.
# qemu10 (kdump-raw, mapped-ram) takes QEMU from bookworm-backports, unpacked in work/ with a private apt state;
# where that can't be had the set is left out with a message.
set -e
cd "$(dirname "$0")"; W=$PWD/work; mkdir -p "$W" images

prepare() {
  mkdir -p "$W/debs"
  local kernel; kernel=$(apt-cache depends linux-image-cloud-amd64 | awk '/Depends:/{print $2;exit}')
  ls "$W"/debs/"${kernel}"_*.deb >/dev/null 2>&1 || (cd "$W/debs"; apt-get -qq download "$kernel" 2>&1 | grep -v unsandboxed || true)
  [ -d "$W/kernel" ] || dpkg -x "$W"/debs/"${kernel}"_*.deb "$W/kernel"
  cp "$W"/kernel/boot/vmlinuz-* "$W/bzImage"
  rm -rf "$W/root"; mkdir -p "$W"/root/{bin,proc,sys,dev,run}
  cp /bin/busybox "$W/root/bin/busybox"
  for a in sh mount cat sleep insmod dd; do ln -s busybox "$W/root/bin/$a"; done
  cp "$W"/kernel/lib/modules/*/kernel/drivers/firmware/qemu_fw_cfg.ko "$W/root/"
  cat > "$W/root/init" <<'I'
#!/bin/sh
PATH=/bin; export PATH
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev; mount -t tmpfs run /run
insmod /qemu_fw_cfg.ko
dd if=/dev/urandom of=/run/noise bs=4096 count=200
for i in 1 2 3 4 5; do FORMATS_MARKER=process-$i sleep 10000$i & done
echo "READY uptime $(cat /proc/uptime)" >/dev/ttyS0
while :; do dd if=/dev/urandom of=/run/churn bs=4096 count=500; done
I
  chmod 755 "$W/root/init"
  (cd "$W/root" && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet) > "$W/initrd"
  backports || echo "no QEMU 10 from bookworm-backports: the set qemu10 is left out"
}

backports() {
  [ -x "$W/q10/usr/bin/qemu-system-x86_64" ] && return 0
  local b=$W/backports; mkdir -p "$b"/st/lists/partial "$b"/cache/archives/partial "$b/etc" "$b/debs"
  for s in bookworm-backports bookworm; do
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $s main"
  done > "$b/etc/sources.list"
  local apt="-o Dir::State=$b/st -o Dir::Cache=$b/cache -o Dir::Etc::sourcelist=$b/etc/sources.list -o Dir::Etc::sourceparts=/dev/null
    -o APT::Sandbox::User=$(id -un) -o Dir::State::status=/var/lib/dpkg/status"
  # shellcheck disable=SC2086
  apt-get -qq $apt update && (cd "$b/debs" && apt-get -qq $apt download qemu-system-{x86,common,data}/bookworm-backports seabios/bookworm-backports) || return 1
  for d in "$b"/debs/*.deb; do dpkg -x "$d" "$W/q10"; done
  "$W/q10/usr/bin/qemu-system-x86_64" --version >/dev/null
}

dump() {
  for n in "$@"; do
    if [ "$n" = qemu10 ] && ! [ -x "$W/q10/usr/bin/qemu-system-x86_64" ]; then echo "$n: left out, no QEMU 10"; continue; fi
    python3 dump.py "$n"
    [ "$n" = qemu7 ] || continue
    (cd "images/$n"
      # makedumpfile reads QEMU's dump because the guest's VMCOREINFO is in it, and writes what QEMU's build has not.

      ../../plain_elf.py memory.elf plain.elf
      makedumpfile -d 0 -c plain.elf makedumpfile-zlib.kdump >/dev/null 2>&1
      makedumpfile -d 0 -l plain.elf makedumpfile-lzo.kdump >/dev/null 2>&1
      makedumpfile -d 0 -l -F plain.elf > makedumpfile-lzo.flat 2>/dev/null
      makedumpfile -d 0 -c --split --splitblock-size=8 plain.elf split1.kdump split2.kdump split3.kdump >/dev/null 2>&1
      makedumpfile -d 31 -c plain.elf makedumpfile-filtered.kdump >/dev/null 2>&1
      rm -f plain.elf)
    libvirt "images/$n"
    ls -l "images/$n"
  done
}

# libvirt's own writer needs its daemon; the header is 92 bytes and an XML, the stream is QEMU's.
libvirt() {
  for how in raw gzip bzip2 xz lzop zstd; do python3 libvirt_save.py "$how" "$1/stream.qevm" "$1/libvirt-$how.save"; done
}

case "$1" in
 prepare) prepare;;
 dump) shift; [ $# -gt 0 ] || set -- qemu7 qemu10 q35 live compress xbzrle; dump "$@";;
 check) python3 check.py ../../nestwalk images;;
 *) sed -n 2,12p "$0"; exit 2;;
esac
