#!/usr/bin/env python3
"""check.py NESTWALK IMAGES : opens every file of every set and compares memory and registers.

What a machine's memory is comes from QEMU's own raw memory (pmemsave) and monitor (info registers). Streams that were written
while the machine ran are compared with what a second reader of streams, below, finds in them: an emulator's record of written
pages may miss some, so the machine that stands still afterwards need not be what its stream holds.
"""
import glob, json, os, re, struct, subprocess, sys, tempfile, zlib

NESTWALK, IMAGES = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
BIOS = 0xfffc0000
failures = 0


def nestwalk(*arguments):
    done = subprocess.run([NESTWALK, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.returncode, done.stdout, done.stderr.decode(errors='replace').strip()


def memory(image, address, length):
    with tempfile.NamedTemporaryFile() as out:
        code, _, error = nestwalk('read', image, hex(address), str(length), '--physical', '--raw', '-o', out.name, '--force')
        return out.read() if code == 0 else error


def registers(text):
    """The CPUs of "info registers"."""
    cpus = []
    for part in re.split(r'^CPU#\d+\r?\n', text, flags=re.M)[1:]:
        found = {m[1].lower(): int(m[2], 16) for m in re.finditer(r'\b(R[A-Z0-9]{2}|CR[0234]|EFER) ?=([0-9a-f]+)', part)}
        if found:
            found['rflags'] = found.pop('rfl', 0)
            cpus.append(found)
    return cpus


def last_pages(path):
    """pc.ram as the stream has it: the last version of each page."""
    data = open(path, 'rb').read()
    ram = {}
    at = 8
    assert data[at] == 7
    at += 5 + struct.unpack_from('>I', data, at + 1)[0]
    block = ''

    def section(at):
        nonlocal block
        while True:
            word = struct.unpack_from('>Q', data, at)[0]
            at += 8
            flags, page = word & 0xfff, word & ~0xfff
            if flags & 4:
                while page > 0:
                    at += 1 + data[at]
                    page -= struct.unpack_from('>Q', data, at)[0]
                    at += 8
                continue
            if flags & 0x10a and not flags & 0x20:
                block = data[at + 1:at + 1 + data[at]].decode()
                at += 1 + data[at]
            if flags & 2:
                content, at = data[at:at + 1] * 4096, at + 1
            elif flags & 8:
                content, at = data[at:at + 4096], at + 4096
            elif flags & 0x100:
                size = struct.unpack_from('>I', data, at)[0]
                content, at = zlib.decompressobj().decompress(data[at + 4:at + 4 + size], 4096), at + 4 + size
            if flags & 0x10a and block == 'pc.ram':
                ram[page] = content
            if flags & 0x10:
                return at

    while data[at] in (1, 2, 3, 0x7e):
        kind = data[at]
        at += 5
        if kind == 1:
            if data[at:at + 4] != b'\x03ram':
                break
            at += 12
        if kind != 0x7e:
            at = section(at)
    return b''.join(ram[page] for page in sorted(ram))


def say(name, problems):
    global failures
    failures += bool(problems)
    print('%-45s %s' % (name, 'agrees' if not problems else 'DIFFERS: ' + '; '.join(problems)), flush=True)


for folder in sorted(glob.glob(IMAGES + '/*/')):
    name = os.path.basename(folder.rstrip('/'))
    cpus = registers(open(folder + 'registers.txt').read())
    for image in sorted(glob.glob(folder + '*')):
        base = os.path.basename(image)
        if not base.endswith(('.elf', '.qevm', '.flat', '.kdump', '.qcow2', '.save')) or (base == 'savevm.qcow2' and os.path.getsize(image) < 1 << 20):
            continue
        code, out, error = nestwalk('info', image, '--format', 'json')
        if name == 'xbzrle' and base.endswith('.qevm'):
            say(name + '/' + base, [] if code == 3 and 'XBZRLE' in error else ['is not refused: ' + error])
            continue
        if code != 0:
            say(name + '/' + base, [error])
            continue
        info = json.loads(out)
        problems = []
        for cpu, expected in zip(info['cpus'], cpus):
            for register, value in expected.items():
                if register in cpu['registers'] and int(cpu['registers'][register], 16) != value:
                    problems.append('%s of CPU %s is %s, not %#x' % (register, cpu['id'], cpu['registers'][register], value))
        if len(info['cpus']) != len(cpus) or not all('cr3' in cpu['registers'] for cpu in info['cpus']):
            problems.append('%d CPUs' % len(info['cpus']))
        if name == 'q35':
            expected = open(folder + 'above.raw', 'rb').read()
            if memory(image, 0x100000000, len(expected)) != expected:
                problems.append('memory above 4 GiB')
        elif 'filtered' not in base:
            expected = last_pages(image) if base == 'stream.qevm' else open(folder + 'memory.raw', 'rb').read()
            got = memory(image, 0, len(expected))
            if got != expected:
                problems.append(got if isinstance(got, str) else 'memory of %d bytes' % len(got))
        say(name + '/' + base, problems)
sys.exit(1 if failures else 0)
