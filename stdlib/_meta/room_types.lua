---@meta core.room

--- The tables that core.room takes and gives.

---@class core.room.Op
---@field kind "dir"|"file"|"link"|"ro"|"rw"|"copy"|"fill"|"tmpfs"|"proc"|"dev"|"mask"|"stand"
---|"place"
---@field target string      absolute path in the room; parents come first
---@field source? string     ro, rw, copy: path on the host; link: where it points; file: content
---@field mode? integer      dir, file, tmpfs
---@field size? integer      bytes of a tmpfs: tmpfs, dev (its shm), copy (its upper layer)
---@field inodes? integer    files in it
---@field optional? boolean  left out when `source` is not there
---@field noexec? boolean
---@field readonly? boolean  a tmpfs, or a tree at "/", that is read-only once the room is made

---@class core.room.Spec
---@field hostname string
---@field uid integer        as seen inside; the only one there is
---@field gid integer
---@field root_size integer  bytes of the tmpfs that is the root, which is read-only in the end
---@field root_inodes integer
---@field ops core.room.Op[] carried out in order
---@field shelf? core.room.Op[] what only views show: operations on "/name"; the source "@name" of
---                          ro and rw in a view, or in `ops` of a command, is what lies there;
---                          needs Linux 5.2
---@field filters? string[]  seccomp programs; commands name them by slot, from 0 on
---@field guard? core.room.Guard what is watched for; goes with filters that watch

---@class core.room.Guard
---@field commands? string[]  programs that must not be run: names, or absolute paths
---@field names? boolean      DNS is answered at 127.0.0.53: `hosts` and no others
---@field hosts? { name: string, ip: string }[] addresses in 127.0.0.0/8
---@field routes? boolean     at the end the kernel is asked what found no way out of the room
---@field programs? boolean   what is run from a place that nothing is executed from is told
---@field root? boolean       what is written to the root of an image is told
---@field shells? boolean     a busybox that is called as a shell, xargs or find -exec is not run

---@class core.room.Spawn
---@field argv string[]      without a slash: looked up in the PATH of `env`
---@field env? string[]      "NAME=value"; all of it
---@field cwd? string        default "/"
---@field stdin? string|true its input, or true: `process:write`; default /dev/null
---@field deadline_ms? number then it and its group are killed
---@field limits? table<string, integer> core cpu data fsize memlock msgqueue nofile nproc stack...
---@field filter? integer    slot of a filter of the room
---@field view? integer      the files that it sees: of `room:view`; default the room's own
---@field net? integer       the network that it is in: of `room:net`; default the room's own
---@field hostname? string   a name of its own for the machine
---@field group? core.cgroup.Group it enters before it runs anything; EACCES...: it is not started
---@field user? string|core.room.User whom it runs as: "name" or "name:group", names or numbers,
---                          looked up in the room's own /etc/passwd and /etc/group; others than
---                          root have no capabilities. Default: as the agent, with its rights
---@field ops? core.room.Op[] a view of its own on top of `view`, made for it
---@field keep_group? boolean a service: what outlives the main process lives until close()
---@field merge? boolean     stderr goes where stdout goes
---@field out_max? integer   bytes kept of each stream, head and tail (default 64 MiB)

---@class core.room.User
---@field uid integer
---@field gid integer
---@field groups? integer[]  supplementary ones, at most 64

---@class core.room.Attach # a room that others made, a container say, with an agent in it
---@field path? string       the unix socket that `clnrm-agent serve` listens on, or will
---@field fd? integer        or a stream socket whose other end is carried to `clnrm-agent stdio`;
---                          it is copied: the caller closes its own
---@field key string         32 to 256 random bytes, as the agent has them: the first half proves
---                          the host to the agent, the second half the agent to the host
---@field timeout_ms? integer until it must be ready (default 20000)
---@field pid? integer       the process that must listen at `path`, as this machine numbers it;
---                          another one is not told the key
---@field image? core.room.Image of `room.guest`: what else it is told

---@class core.room.Place # where in the room a port is
---@field net? integer       of `room:net`; default the room's own
---@field ip? string         in 127.0.0.0/8; default "127.0.0.1"

---@class core.room.Result
---@field kind "exited"|"signalled"
---@field code? integer      set when `kind` is "exited"
---@field signal? integer    set when `kind` is "signalled"
---@field timed_out boolean  the deadline passed, and it was killed
---@field duration_ms number
---@field signals integer    how many of `signal` and `kill` found it alive, its end not begun
---@field leaked integer     processes that outlived it and were killed
---@field leak_names string  their names, comma separated; behind each ";PORT" that it listened on
---@field rusage { user_ms: number, system_ms: number, max_rss_kb: integer }
---@field stdout core.Output
---@field stderr core.Output

---@class core.room.Filter
---@field trace? boolean         ptrace and process_vm_* are allowed
---@field no_setid? boolean      no file gets a set-user-ID or set-group-ID bit
---@field watch_commands? boolean the agent hears of programs that others stand in for
---@field watch_programs? boolean it is asked about what is executed
---@field watch_net? boolean     about sockets and addresses
---@field watch_inspect? boolean about looks into other processes
---@field watch_writes? boolean  about files that are made, changed or removed

---@class core.room.Address: core.room.Place
---@field port integer

---@class core.room.BridgeSpec: core.room.Address
---@field to core.room.Address

---@class core.room.Report # an attempt at something that is forbidden in the room
---@field kind string  d: a disallowed command, x: a program in a place that can be written to, m: a
---library there, f: a file in memory, s: a socket, c: an address outside, n: a name, r: what the
---kernel counted of addresses outside, i: a look into a process, w: a
---write, o: others, too many to be told
---@field count integer how often
---@field what string   what was tried
---@field name string   of the program; empty: not known
---@field argv string   its arguments, separated by blanks
---@field pid integer   in the room; 0: not known
---@field step integer  `process:id()` of the command that it descends from; 0: not known

---@class core.room.Shape
---@field held? boolean       nothing is carried; what comes waits
---@field delay_us? integer   of each piece, on each of the two ways; at most ten minutes
---@field loss_ppm? integer   share of the pieces and of new connections that come late, as lost
---packets make them: after 200 ms (connections: 1 s), twice as long each further time; below 1e6
---@field bandwidth? integer  bytes a second on each way, of all its connections together
---@field seed? integer       of what is lost
