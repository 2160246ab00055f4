#!/usr/bin/env python3
"""dump.py SET : boots one machine under QEMU (TCG), stops it and has QEMU write it in every form it knows, into images/SET.

  qemu7     the QEMU of Debian 12, i440fx: ELF, flattened kdump, savevm in qcow2, migration stream, raw
  qemu10    a newer QEMU: the same, with kdump that is not flattened, and mapped-ram for the stream
  q35       q35 with 3000 MiB, so that the memory is split at 2 GiB; no ELF, which would have them all
  live      the stream is written while the machine runs: pages come several times
  compress  live, with the capability that packs pages with zlib (QEMU before 9.1)
  xbzrle    live, with delta-coded pages: a file that has to be refused
"""
import os, re, shutil, socket, subprocess, sys, time

HERE = os.path.dirname(os.path.abspath(__file__))
WORK = HERE + '/work'
NAME = sys.argv[1]
OUT = HERE + '/images/' + NAME
MIB = {'q35': 3000}.get(NAME, 96)
NEW = NAME == 'qemu10'
LIVE = NAME in ('live', 'compress', 'xbzrle')

shutil.rmtree(OUT, ignore_errors=True)
os.makedirs(OUT)
os.chdir(OUT)
program = [WORK + '/q10/usr/bin/qemu-system-x86_64', '-L', WORK + '/q10/usr/share/qemu', '-L', WORK + '/q10/usr/share/seabios'] if NEW else ['qemu-system-x86_64']
subprocess.run(['qemu-img', 'create', '-q', '-f', 'qcow2', 'savevm.qcow2', '5M'], check=True)
command = program + [
    '-machine', ('q35' if NAME == 'q35' else 'pc') + ',smm=off,usb=off', '-accel', 'tcg,tb-size=128', '-cpu', 'max,la57=off', '-smp', '2',
    '-m', str(MIB), '-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-device', 'vmcoreinfo',
    '-kernel', WORK + '/bzImage', '-initrd', WORK + '/initrd',
    '-append', 'console=ttyS0 init_on_free=1 debugfs=off no_timer_check tsc=reliable nowatchdog audit=0 random.trust_cpu=on panic=-1 rdinit=/init',
    '-drive', 'if=none,id=d,file=savevm.qcow2,format=qcow2', '-device', 'virtio-blk-pci,drive=d',
    '-monitor', 'unix:mon.sock,server=on,wait=off', '-serial', 'file:console.log']
if NAME == 'q35':  # something above 4 GiB that the raw memory can be looked up by
    with open('high.bin', 'wb') as f:
        f.write(b'NESTWALK-ABOVE-4G ' * 1000)
    command += ['-device', 'loader,file=high.bin,addr=0x100000000,force-raw=on']
qemu = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=open('qemu.log', 'w'), stderr=subprocess.STDOUT)


def monitor(line, seconds=300):
    s = socket.socket(socket.AF_UNIX)
    s.connect('mon.sock')
    s.settimeout(seconds)
    answer = b''
    for part in (None, line):
        if part is not None:
            answer = b''
            s.sendall(part.encode() + b'\n')
        while not answer.endswith(b'(qemu) '):
            piece = s.recv(65536)
            if not piece:
                break
            answer += piece
    s.close()
    text = re.sub(rb'\x1b\[[0-9]*[A-Z]', b'', answer).replace(b'\r', b'')
    return text[text.find(b'\n') + 1:].rsplit(b'(qemu) ', 1)[0].decode('latin1')


def say(line):
    answer = monitor(line)
    if 'rror' in answer or 'nknown' in answer:
        print('%s: %s: %s' % (NAME, line, answer.strip()), flush=True)
    return answer


def stream(uri):
    say('migrate -d "%s"' % uri)
    for _ in range(600):
        state = monitor('info migrate')
        if 'status: completed' in state:
            return
        if 'status: failed' in state:
            sys.exit('%s: %s' % (uri, state))
        time.sleep(0.3)
    sys.exit('no end of ' + uri)


try:
    start = time.time()
    while b'READY' not in (open('console.log', 'rb').read() if os.path.exists('console.log') else b''):
        if qemu.poll() is not None or time.time() - start > 300:
            sys.exit(NAME + ': the machine did not start; see qemu.log, console.log')
        time.sleep(0.5)
    time.sleep(3)
    print('%s: ready after %.0f s' % (NAME, time.time() - start), flush=True)
    if not LIVE:
        say('stop')
        say('savevm first')
        say('savevm second')
    else:
        capability = {'compress': 'compress', 'xbzrle': 'xbzrle'}.get(NAME)
        if capability:
            say('migrate_set_capability %s on' % capability)
        say('migrate_set_parameter downtime-limit 50')
    say('migrate_set_parameter max-bandwidth ' + ('40M' if LIVE else '10G'))
    if NEW:  # a machine can be migrated once
        say('migrate_set_capability mapped-ram on')
        stream('file:%s/mapped.qevm' % OUT)
    else:
        stream('exec:cat > stream.qevm')
    open('registers.txt', 'w').write(''.join('CPU#%d\n%s' % (i, (say('cpu %d' % i), say('info registers'))[1]) for i in range(2)))
    open('mtree.txt', 'w').write(say('info mtree -f'))
    if NAME == 'q35':
        say('dump-guest-memory -z zlib.flat')
        say('pmemsave 0x100000000 65536 above.raw')
    else:
        say('dump-guest-memory memory.elf')
        say('dump-guest-memory -z zlib.flat')
        say('pmemsave 0 %d memory.raw' % (MIB << 20))
        for option, what in (('-l', 'lzo'), ('-s', 'snappy')):
            if 'rror' not in monitor('dump-guest-memory %s %s.flat' % (option, what)):
                print(NAME + ': this QEMU writes ' + what)
    if NEW:
        say('dump-guest-memory -z -R zlib.kdump')
finally:
    try:
        monitor('quit', 5)
    except OSError:
        pass
    try:
        qemu.wait(10)
    except subprocess.TimeoutExpired:
        qemu.kill()
    for leftover in ('mon.sock', 'high.bin'):
        if os.path.exists(leftover):
            os.unlink(leftover)
print('%s: done after %.0f s' % (NAME, time.time() - start), flush=True)
