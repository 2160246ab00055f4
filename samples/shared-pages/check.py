#!/usr/bin/env python3
"""check.py NESTWALK IMAGE : asks Nestwalk about IMAGE.elf and compares with IMAGE.truth, in which the host says what it has.

Every frame that two guests have, or one guest twice, must be told with its guests, their number of places and its kind. Of clones
Nestwalk tells more than the host's tables have: pages of the file that no guest has touched.
"""
import collections, json, os, subprocess, sys

NESTWALK, IMAGE = os.path.abspath(sys.argv[1]), sys.argv[2]
CLONES = IMAGE.endswith('clones')
ALLOWED = 8  # frames that change between the host's words and the stop
failures = 0


def ask(*arguments):
    done = subprocess.run([NESTWALK, *arguments, '--format', 'json'], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode:
        sys.exit('%s: %s' % (arguments, done.stderr.decode()))
    return json.loads(done.stdout)


def check(right, text):
    global failures
    failures += not right
    print(('ok     ' if right else 'WRONG  ') + text, flush=True)


guests, counters, pid_of, nonce = collections.defaultdict(dict), {}, {}, ''
for words in map(str.split, open(IMAGE + '.truth')):
    if words[0] == 'slot':
        name = words[1]
        pid_of[name] = int(words[2])
    elif words[0] == 'ksm':
        counters[words[1]] = int(words[2])
    elif words[0] == 'nonce':
        nonce = words[1]
    elif len(words) == 3:
        guests[name][int(words[0], 16)] = (int(words[1], 16), words[2])
print('the host: %s; pages of guests: %s' % (counters, {name: len(all) for name, all in guests.items()}))

image = IMAGE + '.elf'
machines = {m['vmmPid']: m['id'] for m in ask('machines', image)['machines'] if 'vmmPid' in m}
check(sorted(machines) == sorted(pid_of.values()), 'two guests, by the processes that run them: %s' % machines)
owners = collections.defaultdict(lambda: collections.defaultdict(int))  # frame -> guest -> how many places
kinds = {}
for name, pages in guests.items():
    for frame, kind in pages.values():
        owners[frame][machines.get(pid_of[name])] += 1
        kinds[frame] = kind
told, untouched, writable = {}, 0, 0
for run in ask('shared', image, '--within')['runs']:
    here = {o['machine']: o['count'] for o in run['owners']}
    for offset in range(0, run['length'], 4096):
        frame = int(run['hpa'], 16) + offset
        told[frame] = (here, run.get('kind'))
        if sum('w' in o['permissions'] for o in run['owners']) > 1:
            writable += 1
for several, text in ((True, 'both guests have'), (False, 'one guest has more than once')):
    right = wrong = 0
    for frame, here in owners.items():
        if (len(here) > 1) == several and sum(here.values()) > 1:
            same = told.get(frame) == (dict(here), kinds[frame])
            right += same
            wrong += not same
    check(right and wrong <= ALLOWED or not wrong and CLONES, 'frames that %s: %d told with guests, places and kind; %d not' % (text, right, wrong))
more = [frame for frame, (here, kind) in told.items() if sum(owners[frame].values()) < 2 and not (CLONES and kind == 'file')]
check(len(more) <= ALLOWED, 'frames told beyond those: %d' % len(more))
if CLONES:
    print('       of the file, and not in the tables of the host: %d frames' % sum(frame not in kinds for frame in told))
# The file between the guests: those of its pages that both processes map, as far as the host says.
between = sum(len(here) > 1 and kinds[frame] == 'file' and any(at >= 0xe0000000 and found[0] == frame for g in guests.values() for at, found in g.items()) for frame, here in owners.items())
check(writable == between, 'frames that both guests may write: %d, the host has %d of the file between them' % (writable, between))


def processes_with(text):
    hits = ask('find', image, '--text', text)['hits']
    return [{(o['machine'], o['process']) for o in hit['owners'] if 'pid' in o} for hit in hits]


both = {('host', 'vmm')} | {(m, 'probe') for m in machines.values()}
found = processes_with('SHARED-PAGE-common-%s-both3' % nonce)
check(found == [both], 'a text on a page of both guests stands once, and is both processes\': %s' % found)
found = processes_with('SHARED-PAGE-common-%s-both0' % nonce)
merged = sorted(found, key=len)[-1] if found else set()
check(merged == (both if CLONES else both | {('host', 'probe')}), 'a text that a process of the host has too: %s' % found)
found = processes_with('SHARED-PAGE-between-%s-guests' % nonce)
check(found == [both], 'a text in the file between them: %s' % found)
rows = ask('ps', image)['processes']
for pid, machine in machines.items():
    name = next(n for n, p in pid_of.items() if p == pid)
    lines = [r.get('commandLine', '') for r in rows if r['machine'] == machine]
    # A clone has the name that it was started with.
    check('probe marker %s %s' % ('alpha' if CLONES else name, nonce) in lines, '%s runs its process; %d processes' % (machine, len(lines)))
sys.exit(failures > 0)
