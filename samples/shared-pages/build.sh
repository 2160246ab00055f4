#!/bin/bash
# build.sh : an AMD host under QEMU's emulator (TCG) that runs two guests with memory in common, dumped, with what the host itself
# says of every page; and the check of Nestwalk's answers against that.
#   ./build.sh prepare            fetch the kernel, compile, make the initramfs           (half a minute)
#   ./build.sh dump [NAME...]     boot, stop, write: merged zeros clones                  (two minutes each)
#   ./build.sh check [NAME...]    ask Nestwalk and compare                                (../../nestwalk must run)
#     merged   KSM merges what is alike in two guests, in one of them, and in a process of the host
#     zeros    the same with use_zero_pages: pages of zeros become the kernel's own
#     clones   no KSM: two guests are restored from one snapshot and have its file's pages until they write
# Results: images/NAME.elf (320 to 400 MB), NAME.truth; work/ may be deleted. No root rights, no KVM.
# Needs Debian 12 (amd64) with: gcc libc6-dev qemu-system-x86 busybox-static cpio python3
#   (apt-get install --no-install-recommends ...), package lists (apt-get update).
set -e
cd "$(dirname "$0")"; W=$PWD/work; mkdir -p "$W" images

archive() { (cd "$W/$1" && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet) > "$W/$1.cpio"; }

tree() {
  rm -rf "${W:?}/$1"; mkdir -p "$W/$1"/{bin,proc,sys,dev,run}
  cp /bin/busybox "$W/probe" "$W/$1/bin/"; cp init.sh "$W/$1/init"; chmod 755 "$W/$1/init"
  for a in sh mount cat sleep insmod rm; do ln -s busybox "$W/$1/bin/$a"; done
}

prepare() {
  mkdir -p "$W/debs"
  local kernel; kernel=$(apt-cache depends linux-image-cloud-amd64 | awk '/Depends:/{print $2;exit}')
  ls "$W"/debs/"${kernel}"_*.deb >/dev/null 2>&1 || (cd "$W/debs"; apt-get -qq download "$kernel" 2>&1 | grep -v unsandboxed || true)
  [ -d "$W/kernel" ] || dpkg -x "$W"/debs/"${kernel}"_*.deb "$W/kernel"
  for p in vmm probe; do gcc -O1 -static -s -Wall -o "$W/$p" $p.c; done
  tree guest; archive guest
  tree host; mkdir "$W"/host/{lib,vm}
  local modules; modules=$(echo "$W"/kernel/lib/modules/*/kernel)
  cp "$modules"/virt/lib/irqbypass.ko "$modules"/arch/x86/kvm/{kvm,kvm-amd}.ko "$W/host/lib/"
  cp "$W"/kernel/boot/vmlinuz-* "$W/host/vm/bzImage"; cp "$W/guest.cpio" "$W/host/vm/initrd"; cp "$W/vmm" "$W/host/bin/"; archive host
}

command=$1; shift || true; [ $# -gt 0 ] || set -- merged zeros clones
case "$command" in
 prepare) prepare;;
 dump) for n in "$@"; do python3 dump.py "$n"; done;;
 check) for n in "$@"; do python3 check.py ../../nestwalk "images/$n"; done;;
 *) sed -n 2,12p "$0"; exit 2;;
esac
