--- Family H: hermeticity: what a room may do and use.  See engine.codes for the form of a page.
---@type engine.codes.Family
return {
  letter = "H",
  title = "Hermeticity",
  codes = {
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
enforced or cannot be seen is never left out: the verdict is `error`.]],
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
  },
}
