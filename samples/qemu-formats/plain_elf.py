#!/usr/bin/env python3
"""plain_elf.py IN OUT : the same core with its program headers right behind the file header, without sections and without the BIOS.

QEMU since 7.2 puts sections first; makedumpfile 1.7.2 looks for the program headers where older writers have them. The BIOS
below 4 GiB is no memory of the kernel's, and --split would give two files of three to the hole before it.
"""
import shutil, struct, sys

with open(sys.argv[1], 'rb') as f, open(sys.argv[2], 'wb') as out:
    header = bytearray(f.read(64))
    at, size, count = (struct.unpack_from(c, header, o)[0] for c, o in (('<Q', 32), ('<H', 54), ('<H', 56)))
    f.seek(at)
    segments = bytearray(f.read(size * count))
    segments = [bytearray(segments[i * size:][:size]) for i in range(count)]
    segments = [s for s in segments if struct.unpack_from('<Q', s, 24)[0] < 0xf0000000]
    start = min(struct.unpack_from('<Q', s, 8)[0] for s in segments)
    shift = 64 + size * len(segments) - start
    struct.pack_into('<QQ', header, 32, 64, 0)
    struct.pack_into('<HHHHHH', header, 52, 64, size, len(segments), 64, 0, 0)
    for s in segments:
        struct.pack_into('<Q', s, 8, struct.unpack_from('<Q', s, 8)[0] + shift)
    out.write(header + b''.join(segments))
    f.seek(start)
    shutil.copyfileobj(f, out, 1 << 20)
