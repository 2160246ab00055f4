#!/usr/bin/env python3
"""libvirt_save.py HOW STREAM OUT : puts libvirt's save header round a stream, and packs the stream as libvirt does.

libvirt has the same programs do the packing. The header: src/qemu/qemu_saveimage.h of libvirt, in host order.
"""
import struct, subprocess, sys

how, stream, out = sys.argv[1:]
FORMATS = {'raw': 0, 'gzip': 1, 'bzip2': 2, 'xz': 3, 'lzop': 4, 'zstd': 5}
xml = b"<domain type='qemu'><name>formats</name><memory unit='KiB'>98304</memory><os><type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type></os></domain>\0"
xml += bytes(4096 - 92 - len(xml))
header = struct.pack('<16sIIIII14I', b'LibvirtQemudSave', 2, len(xml), 1, FORMATS[how], 0, *[0] * 14)
with open(out, 'wb') as f:
    f.write(header + xml)
    f.flush()
    with open(stream, 'rb') as s:
        subprocess.run(['cat'] if how == 'raw' else [how, '-c', '-1'] if how in ('gzip', 'xz') else [how, '-c'], stdin=s, stdout=f, check=True)
