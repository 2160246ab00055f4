#!/usr/bin/env python3
"""dump.py NAME : boots the host under QEMU (TCG) with the guests in it, stops it and writes images/NAME.elf and NAME.truth."""
import os, re, secrets, socket, subprocess, sys, time

HERE = os.path.dirname(os.path.abspath(__file__))
NAME = sys.argv[1]
MIB = {'merged': 320, 'zeros': 320, 'clones': 400}[NAME]
WORK, IMAGE = HERE + '/work', HERE + '/images/' + NAME
os.makedirs(WORK + '/run-' + NAME, exist_ok=True)
os.chdir(WORK + '/run-' + NAME)
for old in ('truth', 'console', IMAGE + '.elf', IMAGE + '.truth'):
    if os.path.exists(old):
        os.unlink(old)
# The tick is periodic: with a one-shot timer QEMU 7.2 loses interrupts of a nested host at times.
line = 'console=ttyS0 init_on_free=1 debugfs=off no_timer_check tsc=reliable nowatchdog audit=0 random.trust_cpu=on panic=-1 ' \
    'nohz=off highres=off rdinit=/init who=host set=%s nonce=%s' % (NAME, secrets.token_hex(8))
qemu = subprocess.Popen([
    'qemu-system-x86_64', '-machine', 'pc,smm=off,usb=off', '-accel', 'tcg,tb-size=256', '-cpu', 'EPYC', '-smp', '1', '-m', str(MIB), '-nodefaults',
    '-no-user-config', '-display', 'none', '-net', 'none', '-no-reboot', '-kernel', *[WORK + '/kernel/boot/' + f for f in os.listdir(WORK + '/kernel/boot') if f.startswith('vmlinuz')],
    '-initrd', WORK + '/host.cpio', '-append', line, '-serial', 'file:console', '-debugcon', 'file:truth', '-monitor', 'unix:monitor,server=on,wait=off'],
    stdin=subprocess.DEVNULL)


def monitor(command):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect('monitor')
        s.settimeout(300)
        for part in (None, command):
            answer = b''
            if part:
                s.sendall(part.encode() + b'\n')
            while not answer.endswith(b'(qemu) '):
                answer += s.recv(65536) or b'(qemu) '
    return re.sub(rb'\x1b\[[0-9]*[A-Z]', b'', answer).decode('latin1')


try:
    end = time.time() + 1200
    console = b''
    while b'READY' not in console:
        if qemu.poll() is not None or time.time() > end or b'Kernel panic' in console:
            sys.exit('%s: no end; see %s/console' % (NAME, os.getcwd()))
        time.sleep(0.3)
        console = open('console', 'rb').read() if os.path.exists('console') else b''
    monitor('stop')
    answer = monitor('dump-guest-memory %s.elf' % IMAGE)
    if 'rror' in answer:
        sys.exit(answer)
    os.rename('truth', IMAGE + '.truth')
    with open(IMAGE + '.truth', 'a') as f:
        f.write('nonce %s\n' % line.rsplit('nonce=')[1])
    print('%s: %d bytes' % (NAME, os.path.getsize(IMAGE + '.elf')))
finally:
    qemu.kill()
    qemu.wait()
