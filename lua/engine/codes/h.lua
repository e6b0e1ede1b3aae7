--- Family H: hermeticity: what a room may do and use.  See engine.codes for the form of a page.
---@type engine.codes.Family
return {
  letter = "H",
  title = "Hermeticity",
  codes = {
    H001 = {
      title = "A program in a place that can be written to",
      text = [[
With `security_level = "medium"` or `"high"` nothing is executed that the room could have written:
`/room`, `/tmp`, `/var`, `/home`, `/run` and `/dev/shm` are mounted noexec, and so is a project
that is a copy. A program or a library there was to be run, or a file in memory was to be made
that could be (memfd_create). The kernel refused it; the message says who tried.

What an interpreter reads is no program to the kernel: `sh /tmp/x.sh` runs. Put programs into the
project.]],
    },
    H002 = {
      title = "An address outside of the room",
      text = [[
A program tried to reach an address that is not of the room, or to open a socket that is neither a
unix nor an IP one. A room has only its loopback, so nothing got out. What one datagram among
others did is known by the kernel's count only: then no program is named.]],
    },
    H003 = {
      title = "A name that is not allowed was looked up",
      text = [[
The policy has `allowed_network_hosts`; the name is none of them, and its lookup was answered with
"does not exist". Names are asked for by DNS; what stands in `/etc/hosts` of the room is found
without it.]],
    },
    H004 = {
      title = "A look into another process",
      text = [[
With `security_level = "high"` the calls by which a program reads or changes another one are
refused: ptrace, process_vm_readv and _writev, pidfd_getfd, kcmp, perf_event_open, userfaultfd and
the like. The message names the call and who made it.]],
    },
    H005 = {
      title = "A disallowed command was run",
      text = [[
It stands in `disallowed_commands`. As the command of a step it is refused by its name; in the
PATH of the room another program stands where it was, which tells who ran it and exits with 126.
Elsewhere it is refused by the name that it is run by, and by that of its file. The verdict is
`policy`, whatever became of that exit code.]],
    },
    H006 = {
      title = "Longer than the policy allows",
      text = [[
The scenario took longer than `policy.max_execution_time`; what still ran was killed. The time
counts from the begin of the scenario, with its services.]],
    },
    H007 = {
      title = "More forbidden attempts than are told one by one",
      text = [[
A room tells 64 different attempts; those beyond are counted together.]],
    },
    H008 = {
      title = "Out of the memory that the policy allows",
      text = [[
All of the room together used up `policy.max_memory_mb`, and the kernel killed a process of it.
That counts whatever the process or its parents made of it. What processes use, what files in
`/tmp`, `/room` and the other places in memory take, and what the kernel keeps for them is counted
together.]],
    },
    H009 = {
      title = "A limit or a policy cannot be enforced here",
      text = [[
This machine cannot give what the file asks for: for most limits clnrm must be able to make
cgroups, as root or in a group that was delegated to it (`clnrm doctor` tells). What cannot be
enforced or cannot be seen is never left out: the verdict is `error`.

So is a shell of busybox that runs a disallowed command inside itself, where nothing can be watched:
it is not run. Write the commands as lists (`command = ["prog", "arg"]`), which need no shell, or
take an image whose /bin/sh runs programs from PATH.

So is a `user` that the room cannot give: an image without that name, or a container whose own user
is not root and who therefore starts nothing as somebody else.

So is a project, or what a volume shows, that is not where it was when the test file was read: it is
gone, or a link leads elsewhere now. A room never shows what a link leads to that was put there.]],
    },
    H010 = {
      title = "Out of memory",
      text = [[
All of the room together used up `limits.memory_mb`, and the kernel killed a process of it. That
counts whatever the process or its parents made of it: a test that ran out of memory has not shown
what it says. What processes use, what files in `/tmp`, `/room` and the other places in memory
take, and what the kernel keeps for them is counted together.]],
    },
    H011 = {
      title = "A new process was refused",
      text = [[
The room had as many processes and threads as `limits.pids` allows, and one more was asked for:
the kernel refused it. That counts whatever the program made of it.]],
    },
    H012 = {
      title = "A place that cannot be written to",
      text = [[
With `security_level = "high"` nothing in the room can be written to: `/room`, `/tmp`, `/var`,
`/home`, `/run` and `/dev/shm` are read-only. A program tried to make, change or remove a file
there; the kernel refused it.]],
    },
    H013 = {
      title = "A system call of another kind",
      text = [[
A program made a system call as 32-bit programs or those of x32 do. No room lets them through, and
what they try cannot be told by a policy; so the program was killed, and where a policy watches the
room, that counts.]],
    },
  },
}
