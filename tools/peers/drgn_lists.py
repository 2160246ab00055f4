"""What drgn reads of a kernel's memory: each function returns a list as {key: {column: value}}.

The columns have the names and forms of Nestwalk's answers, so that rows can be held against each
other. The values come from drgn's helpers where it has one, else from the kernel's structures by
the types of the debug information; nothing of Nestwalk is used but the core file that it extracted.
"""

import datetime
import ipaddress
import socket
import stat

from drgn import FaultError, Object, Program, cast, container_of
from drgn.helpers.linux.bpf import bpf_prog_for_each
from drgn.helpers.linux.cgroup import cgroup_path
from drgn.helpers.linux.fs import d_path, for_each_file
from drgn.helpers.linux.list import hlist_for_each_entry, list_for_each_entry
from drgn.helpers.linux.list_nulls import hlist_nulls_for_each_entry
from drgn.helpers.linux.mm import access_remote_vm, cmdline, environ, virt_to_phys
from drgn.helpers.linux.net import for_each_net
from drgn.helpers.linux.pid import for_each_task
from drgn.helpers.linux.printk import get_printk_records
from drgn.helpers.linux.sched import task_state_to_char

PF_KTHREAD = 0x200000
PAGE = 4096
TCP_STATES = (
    "- ESTABLISHED SYN_SENT SYN_RECV FIN_WAIT1 FIN_WAIT2 TIME_WAIT CLOSE CLOSE_WAIT LAST_ACK"
    " LISTEN CLOSING NEW_SYN_RECV"
).split()
# linux/mount.h (MNT_...) and linux/fs.h (SB_...)
MOUNT_FLAGS = [(0x01, "nosuid"), (0x02, "nodev"), (0x04, "noexec"), (0x08, "noatime")]
MOUNT_FLAGS += [(0x10, "nodiratime"), (0x20, "relatime")]


def open_core(core, vmlinux):
    prog = Program()
    prog.set_core_dump(core)
    prog.load_debug_info([vmlinux])
    return prog


def address(pointer):
    return hex(pointer.value_())


def text(value):
    return value.decode("utf-8", "backslashreplace")


def path_of(path):
    """A struct path as the kernel prints it: a file that no directory names any more says so."""
    dentry = path.dentry
    if dentry == dentry.d_parent and dentry != path.mnt.mnt_root:
        # drgn prints the file system of a file that never had a directory; the kernel prints its
        # name: anon_inodefs_dname in fs/anon_inodes.c, simple_dname in fs/d_path.c
        if dentry.d_sb.s_type.name.string_() == b"anon_inodefs":
            return "anon_inode:" + text(dentry.d_name.name.string_())
        return "/" + text(dentry.d_name.name.string_()) + " (deleted)"
    unhashed = not dentry.d_hash.pprev and dentry != dentry.d_parent
    return text(d_path(path)) + (" (deleted)" if unhashed else "")


def boot_nanoseconds(prog):
    """The wall clock's time when the boot clock stood at 0 (getboottime64 of the kernel)."""
    keeper = prog["tk_core"].timekeeper
    return (keeper.offs_real - keeper.offs_boot).value_()


def time_at(nanoseconds):
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    when = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    digits = f"{rest:09d}"
    while digits.endswith("000"):
        digits = digits[:-3]
    return f"{when:%Y-%m-%dT%H:%M:%S}{'.' if digits else ''}{digits}Z"


# Their numbers are macros, which debug information does not have: linux/capability.h.
CAPABILITIES = (
    "chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable"
    " net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio"
    " sys_chroot sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time"
    " sys_tty_config mknod lease audit_write audit_control setfcap mac_override mac_admin syslog"
    " wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore"
).split()


def capabilities(bits, last):
    bits &= (1 << last + 1) - 1
    if bits == (1 << last + 1) - 1:
        return ["all"]
    return [name for n, name in enumerate(CAPABILITIES) if bits & 1 << n]


def namespaces_of(task):
    proxy = task.nsproxy
    if not proxy:
        return {}
    pid = task.thread_pid
    found = {
        "cgroup": proxy.cgroup_ns,
        "ipc": proxy.ipc_ns,
        "mnt": proxy.mnt_ns,
        "net": proxy.net_ns,
        "uts": proxy.uts_ns,
        "time": proxy.time_ns,
        "user": task.cred.user_ns,
        "pid": pid.numbers[pid.level].ns,
    }
    return {kind: ns.ns.inum.value_() for kind, ns in found.items() if ns}


class Kernel:
    def __init__(self, prog):
        self.prog = prog
        self.tasks = list(for_each_task(prog))
        self.leaders = [t for t in self.tasks if t.pid == t.tgid]
        self.boot = boot_nanoseconds(prog)

    def start(self, task):
        return time_at(self.boot + task.start_boottime.value_())

    def ps(self):
        rows = {}
        for task in self.leaders:
            row = {
                "ppid": task.real_parent.tgid.value_(),
                "tgid": task.tgid.value_(),
                "uid": task.real_cred.uid.val.value_(),
                "name": text(task.comm.string_()),
                "state": task_state_to_char(task),
                "startTime": self.start(task),
                "threads": task.signal.nr_threads.value_(),
                "kernelThread": bool(task.flags.value_() & PF_KTHREAD),
                "object": address(task),
                "namespaces": namespaces_of(task),
            }
            row["cgroup"] = text(cgroup_path(task.cgroups.dfl_cgrp))
            if task.mm:
                row["root"] = hex(virt_to_phys(task.mm.pgd).value_())
                if task.mm.exe_file:
                    row["path"] = path_of(task.mm.exe_file.f_path)
                words = cmdline(task)
                if words:
                    row["commandLine"] = " ".join(text(word) for word in words)
            rows[task.pid.value_()] = row
        return rows

    def threads(self):
        return {
            task.pid.value_(): {
                "pid": task.tgid.value_(),
                "name": text(task.comm.string_()),
                "state": task_state_to_char(task),
                "startTime": self.start(task),
                "object": address(task),
            }
            for task in self.tasks
        }

    def areas(self, mm):
        """The mappings of an address space: a list up to Linux 6.0, a maple tree since."""
        if mm.type_.type.has_member("mmap"):
            area = mm.mmap
            while area:
                yield area
                area = area.vm_next
            return
        for entry in self.maple_entries(mm.mm_mt):
            yield Object(self.prog, "struct vm_area_struct *", value=entry)

    def maple_entries(self, tree):
        """Entries of a maple tree, in order: include/linux/maple_tree.h says how nodes look."""
        root = tree.ma_root.value_()
        if root & 3 != 2:
            if root:
                yield root
            return
        todo = [(root, 2**64 - 1)]
        while todo:
            entry, most = todo.pop()
            kind = entry >> 3 & 15  # dense, leaf_64, range_64, arange_64
            node = Object(self.prog, "struct maple_node *", value=entry & ~0xFF)
            body = node.ma64 if kind == 3 else node.mr64
            below = []
            for n in range(len(body.slot)):
                last = body.pivot[n].value_() if n < len(body.pivot) else most
                if n and not last:
                    last = most  # the node ends before its pivots do
                value = body.slot[n].value_()
                if value:
                    below.append((value, last))
                if last >= most:
                    break
            if kind == 1:
                yield from (value for value, _ in below)
            else:
                todo.extend(reversed(below))

    def maps(self):
        rows = {}
        for task in self.leaders:
            if not task.mm:
                continue
            for area in self.areas(task.mm):
                flags = area.vm_flags.value_()
                letters = "".join(c if flags & 1 << n else "-" for n, c in enumerate("rwx"))
                row = {
                    "end": hex(area.vm_end.value_()),
                    "permissions": letters + ("s" if flags & 8 else "p"),
                    "object": address(area),
                }
                if area.vm_file:
                    row["path"] = path_of(area.vm_file.f_path)
                    row["offset"] = hex(area.vm_pgoff.value_() * PAGE)
                rows[task.pid.value_(), hex(area.vm_start.value_())] = row
        return rows

    def pages(self, mapped, most):
        """Holds Nestwalk's pages of processes against what drgn reads there by its own walk.

        mapped: (pid, start) -> a row of `maps --pages`. The result's rows are pages that drgn
        reads, and pages that Nestwalk has: {"same": bool}, whether the physical page that Nestwalk
        names holds what drgn finds at the virtual address. Of a mapping, the first `most` pages.
        """
        rows, contents = {}, {}
        tasks = {task.pid.value_(): task for task in self.leaders}
        for (pid, start), row in mapped.items():
            physical = {}
            for run in row["runs"]:
                first = int(run["start"], 16)
                at = int(run.get("gpa", run.get("hpa")), 16)
                for n in range(0, run["length"], PAGE):
                    physical[first + n] = at + n
            begin, end = int(start, 16), int(row["end"], 16)
            for page in range(begin, min(end, begin + most * PAGE), PAGE):
                try:
                    theirs = access_remote_vm(tasks[pid].mm, page, PAGE)
                except FaultError:
                    theirs = None
                if page in physical or theirs is not None:
                    ours = None
                    if page in physical:
                        ours = self.prog.read(physical[page], PAGE, True)
                    rows[pid, hex(page)] = {"same": ours == theirs}
                    contents[ours] = contents.get(ours, 0) + 1
        alone = sum(1 for count in contents.values() if count == 1)
        return rows, alone

    def open_files(self):
        for task in self.leaders:
            if task.files:
                for fd, file in for_each_file(task):
                    if file:  # a number may be set aside for a file that is being opened
                        yield task, fd, file

    def lsof(self):
        kinds = {
            stat.S_IFREG: "file",
            stat.S_IFDIR: "directory",
            stat.S_IFCHR: "character-device",
            stat.S_IFBLK: "block-device",
            stat.S_IFIFO: "pipe",
            stat.S_IFSOCK: "socket",
        }
        rows = {}
        for task, fd, file in self.open_files():
            inode = file.f_inode
            kind = kinds.get(stat.S_IFMT(inode.i_mode.value_()), "other")
            fstype = text(inode.i_sb.s_type.name.string_())
            row = {"object": address(file), "offset": file.f_pos.value_()}
            row["flags"] = file.f_flags.value_()
            row["inode"] = inode.i_ino.value_()
            row["kind"] = kind
            if fstype not in ("sockfs", "pipefs", "anon_inodefs", "nsfs", "pidfs"):
                row["path"] = path_of(file.f_path)
            rows[task.pid.value_(), fd] = row
        return rows

    # Sockets

    def inode_of(self, sk):
        sock = sk.sk_socket
        if not sock:
            return 0
        return container_of(sock, "struct socket_alloc", "socket").vfs_inode.i_ino.value_()

    def internet(self, sk, protocol):
        common = sk.member_("__sk_common")
        row = {"state": TCP_STATES[common.skc_state.value_()]}
        six = common.skc_family.value_() == socket.AF_INET6
        if six:
            local = common.skc_v6_rcv_saddr.in6_u.u6_addr8
            remote = common.skc_v6_daddr.in6_u.u6_addr8
            row["local"] = ipaddress.IPv6Address(bytes(local.value_())).compressed
            row["remote"] = ipaddress.IPv6Address(bytes(remote.value_())).compressed
        else:
            local, remote = common.skc_rcv_saddr.value_(), common.skc_daddr.value_()
            row["local"] = str(ipaddress.IPv4Address(local.to_bytes(4, "little")))
            row["remote"] = str(ipaddress.IPv4Address(remote.to_bytes(4, "little")))
        row["localPort"] = common.skc_num.value_()
        row["remotePort"] = socket.ntohs(common.skc_dport.value_())
        row["protocol"] = protocol + ("6" if six else "")
        row["namespace"] = common.skc_net.net.ns.inum.value_()
        if row["state"] not in ("TIME_WAIT", "NEW_SYN_RECV"):
            row["inode"] = self.inode_of(sk)
        return row

    def netstat(self):
        prog = self.prog
        rows = {}
        tables = [prog["tcp_hashinfo"]]
        for table in tables:
            for n in range(table.ehash_mask.value_() + 1):
                chain = table.ehash[n].chain
                for sk in hlist_nulls_for_each_entry(
                    "struct sock", chain.address_of_(), "__sk_common.skc_nulls_node"
                ):
                    rows[address(sk)] = self.internet(sk, "tcp")
            for n in range(table.lhash2_mask.value_() + 1):
                head = table.lhash2[n].nulls_head
                for sk in hlist_nulls_for_each_entry(
                    "struct sock", head.address_of_(), "__sk_common.skc_nulls_node"
                ):
                    rows[address(sk)] = self.internet(sk, "tcp")
        for name, protocol in (("udp_table", "udp"), ("udplite_table", "udplite")):
            table = prog[name]
            for n in range(table.mask.value_() + 1):
                for sk in hlist_for_each_entry(
                    "struct sock", table.hash[n].head.address_of_(), "__sk_common.skc_node"
                ):
                    rows[address(sk)] = self.internet(sk, protocol)
        for name in ("raw_v4_hashinfo", "raw_v6_hashinfo"):
            try:
                table = prog[name]
            except KeyError:  # IPv6 is a module that is not loaded
                continue
            for n in range(len(table.ht)):
                for sk in hlist_for_each_entry(
                    "struct sock", table.ht[n].address_of_(), "__sk_common.skc_node"
                ):
                    row = self.internet(sk, "raw")
                    row["ipProtocol"] = row.pop("localPort")
                    del row["remotePort"], row["state"]
                    rows[address(sk)] = row
        for net in for_each_net(prog):
            number = net.ns.inum.value_()
            table = net.unx.table
            for n in range(256):
                for sk in hlist_for_each_entry(
                    "struct sock", table.buckets[n].address_of_(), "__sk_common.skc_node"
                ):
                    rows[address(sk)] = self.unix(sk, number)
            for sk in hlist_for_each_entry(
                "struct sock", net.packet.sklist.address_of_(), "__sk_common.skc_node"
            ):
                row = {"protocol": "packet", "namespace": number, "inode": self.inode_of(sk)}
                packet = cast("struct packet_sock *", sk)
                row["etherType"] = f"0x{socket.ntohs(packet.num.value_()):04x}"
                rows[address(sk)] = row
        for n in range(32):  # MAX_LINKS of linux/netlink.h
            self.netlink(prog["nl_table"][n], n, rows)
        for task, fd, file in self.open_files():
            if stat.S_IFMT(file.f_inode.i_mode.value_()) == stat.S_IFSOCK:
                sk = cast("struct socket *", file.private_data).sk
                if sk and address(sk) not in rows:
                    rows[address(sk)] = self.other(sk)
        return rows

    def other(self, sk):
        """A socket that is in no table: an unbound one that a descriptor names."""
        family = sk.member_("__sk_common").skc_family.value_()
        number = sk.member_("__sk_common").skc_net.net.ns.inum.value_()
        if family in (socket.AF_INET, socket.AF_INET6):
            names = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmp"}
            return self.internet(sk, names.get(sk.sk_protocol.value_(), "raw"))
        if family == socket.AF_UNIX:
            return self.unix(sk, number)
        return {"namespace": number, "inode": self.inode_of(sk)}

    def unix(self, sk, number):
        unix = cast("struct unix_sock *", sk)
        row = {"protocol": "unix", "namespace": number, "inode": self.inode_of(sk)}
        if unix.addr:
            length = unix.addr.len.value_() - 2
            name = self.prog.read(unix.addr.name[0].sun_path.address_, length)
            if name[:1] == b"\0":
                row["local"] = "@" + text(name[1:])
            else:
                row["local"] = text(name.split(b"\0")[0])
        return row

    def netlink(self, table, protocol, rows):
        hashtable = table.hash
        buckets = hashtable.tbl
        while buckets:
            for n in range(buckets.size.value_()):
                if buckets.nest.value_():
                    break  # a table of tables: only in huge ones
                pointer = buckets.buckets[n].value_() & ~1
                while pointer and not pointer & 1:
                    node = Object(self.prog, "struct rhash_head *", value=pointer)
                    sk = container_of(node, "struct netlink_sock", "node")
                    row = {"protocol": "netlink", "netlinkProtocol": protocol}
                    row["portId"] = sk.portid.value_()
                    row["inode"] = self.inode_of(sk.sk)
                    row["namespace"] = sk.sk.member_("__sk_common").skc_net.net.ns.inum.value_()
                    rows[address(sk)] = row
                    pointer = node.next.value_()
            buckets = buckets.future_tbl

    # What the whole kernel has

    def mounts(self):
        rows = {}
        seen = {}
        for task in self.leaders:
            if task.nsproxy:
                ns = task.nsproxy.mnt_ns
                seen[ns.value_()] = ns
        for ns in seen.values():
            number = ns.ns.inum.value_()
            for mount in list_for_each_entry(
                "struct mount", ns.list.address_of_(), "mnt_list"
            ):
                rows[number, mount.mnt_id.value_()] = self.mount(mount)
        return rows

    def mount(self, mount):
        block = mount.mnt.mnt_sb
        fstype = text(block.s_type.name.string_())
        if block.s_subtype:
            fstype += "." + text(block.s_subtype.string_())
        flags = mount.mnt.mnt_flags.value_()
        state = block.s_flags.value_()
        options = ["ro" if flags & 0x40 or state & 1 else "rw"]
        options += [name for bit, name in MOUNT_FLAGS if flags & bit]
        return {
            "parent": mount.mnt_parent.mnt_id.value_(),
            "source": text(mount.mnt_devname.string_()) if mount.mnt_devname else "none",
            "type": fstype,
            "point": text(d_path(mount.mnt.address_of_(), mount.mnt.mnt_root)),
            "options": sorted(options),
            "object": address(mount),
        }

    def namespaces(self):
        rows = {}
        for task in self.leaders:
            for kind, number in namespaces_of(task).items():
                row = rows.setdefault((kind, number), {"pids": []})
                row["pids"].append(task.pid.value_())
        for row in rows.values():
            row["pids"].sort()
        return rows

    def modules(self):
        rows = {}
        for module in list_for_each_entry(
            "struct module", self.prog["modules"].address_of_(), "list"
        ):
            if module.type_.type.has_member("core_layout"):
                base, size = module.core_layout.base, module.core_layout.size
            else:
                base, size = module.mem[0].base, module.mem[0].size
            rows[text(module.name.string_())] = {
                "base": hex(base.value_()),
                "size": size.value_(),
                "object": address(module),
            }
        return rows

    def dmesg(self):
        """A row a line: a record may have several, each of which `dmesg` prints with its time."""
        lines = []
        for record in get_printk_records(self.prog):
            for line in text(record.text).split("\n"):
                row = {"microseconds": record.timestamp // 1000, "level": record.level}
                row["text"] = line
                lines.append(row)
        return dict(enumerate(lines))

    def env(self):
        rows = {}
        last = self.prog["cap_last_cap"].value_()
        for task in self.leaders:
            cred = task.real_cred
            ids = ("uid", "gid", "suid", "sgid", "euid", "egid", "fsuid", "fsgid")
            row = {name: cred.member_(name).val.value_() for name in ids}
            row["credentials"] = address(cred)
            info = cred.group_info
            row["groups"] = [info.gid[n].val.value_() for n in range(info.ngroups.value_())]
            row["workingDirectory"] = path_of(task.fs.pwd)
            row["rootDirectory"] = path_of(task.fs.root)
            row["seccomp"] = task.seccomp.mode.value_()
            row["arguments"] = [text(word) for word in cmdline(task) or []] if task.mm else []
            row["environment"] = [text(word) for word in environ(task) or []] if task.mm else []
            for ours, name in (
                ("effective", "cap_effective"),
                ("permitted", "cap_permitted"),
                ("inheritable", "cap_inheritable"),
                ("bounding", "cap_bset"),
                ("ambient", "cap_ambient"),
            ):
                bits = cred.member_(name)
                value = bits.val.value_() if bits.type_.has_member("val") else None
                if value is None:
                    value = bits.cap[0].value_() | bits.cap[1].value_() << 32
                row[ours] = capabilities(value, last)
            rows[task.pid.value_()] = row
        return rows

    def bpf(self):
        rows = {}
        for program in bpf_prog_for_each(self.prog):
            aux = program.aux
            rows[aux.id.value_()] = {
                "type": program.type.format_(type_name=False).replace("BPF_PROG_TYPE_", "").lower(),
                "name": text(aux.name.string_()),
                "tag": bytes(program.tag.value_()).hex(),
                "instructions": program.len.value_(),
                "uid": aux.user.uid.val.value_(),
                "maps": sorted(aux.used_maps[n].id.value_() for n in range(aux.used_map_cnt)),
                "object": address(program),
            }
        return rows

    def files(self):
        rows = {}
        for block in list_for_each_entry(
            "struct super_block", self.prog["super_blocks"].address_of_(), "s_list"
        ):
            for inode in list_for_each_entry(
                "struct inode", block.s_inodes.address_of_(), "i_sb_list"
            ):
                pages = inode.i_mapping.nrpages.value_()
                if not pages or stat.S_IFMT(inode.i_mode.value_()) != stat.S_IFREG:
                    continue
                row = {
                    "fileSystem": text(block.s_type.name.string_()),
                    "inode": inode.i_ino.value_(),
                    "size": inode.i_size.value_(),
                    "cachedBytes": pages * PAGE,
                    "mode": inode.i_mode.value_() & 0o7777,
                    "uid": inode.i_uid.val.value_(),
                    "links": inode.i_nlink.value_(),
                }
                for entry in hlist_for_each_entry(
                    "struct dentry", inode.i_dentry.address_of_(), "d_u.d_alias"
                ):
                    row["name"] = text(entry.d_name.name.string_())
                    break
                rows[address(inode)] = row
        return rows

    def system_calls(self):
        """Entries of the system call table: whether the kernel's text has them."""
        table = self.prog["sys_call_table"]
        return {n: {"found": not self.in_text(table[n].value_())} for n in range(len(table))}

    def interrupts(self):
        """Gates of the IDT: whether the kernel's text has their handlers."""
        rows = {}
        for n in range(256):
            gate = self.prog["idt_table"][n]
            handler = gate.offset_low.value_() | gate.offset_middle.value_() << 16
            handler |= gate.offset_high.value_() << 32
            # Vectors that nobody set lead to the first handlers, whose memory is free by now.
            early = self.prog.symbol("early_idt_handler_array")
            left = early.address <= handler < early.address + early.size
            rows[n] = {"found": handler != 0 and not left and not self.in_text(handler)}
        return rows

    def in_text(self, value):
        symbols = [self.prog.symbol(name).address for name in ("_stext", "_etext")]
        return symbols[0] <= value < symbols[1]

    # What the debug information says

    def offsets(self, name, file=None):
        """A structure's or union's size, and its members: name -> (offset in bits, bits or None).

        file: of several that have this name, the one of this file.
        """
        type_ = self.prog.type(name, file) if file else self.prog.type(name)
        if not type_.is_complete():
            raise LookupError(name)
        members = {}
        for member in type_.members:
            if member.name:
                members[member.name] = (member.bit_offset, member.bit_field_size)
        return type_.size, members
