---@meta core.room

--- Rooms: isolated places made by an agent, and commands in them. Mechanism only; which directories
--- a room shows, its limits and its environment are policy: `engine.backend.sandbox`.
---
--- A room is lost when its agent ends, breaks the protocol or stays silent too long. Then every
--- operation that is not over gives `nil, err` with code EAGENT (EPROTO: the protocol was broken,
--- as when something in the room speaks in the agent's place), never a result.
---@class core.room
local room = {}

---@class core.room.Image # a room as bytes, for any number of rooms
---@class core.room.Room
local instance = {}
---@class core.room.Process
local process = {}

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

--- Returns the filter of system calls as a program for `filters`. What it watches is refused with
--- ENOSYS in a room without a `guard`.
---@param opts? core.room.Filter
---@return string? program
---@return core.Error? err
function room.filter(opts) end

--- Encodes a room, once for all rooms that are alike.
---@param spec core.room.Spec
---@return core.room.Image? image
---@return core.Error? err
function room.image(spec) end

--- Makes a room.
---@async
---@param image core.room.Image
---@return core.room.Room? room
---@return core.Error? err    EROOM: a step of making it was refused; EAGENT
function room.open(image) end

--- Joins a room that others made. It is a room like others, but for what needs namespaces of its
--- own: `view`, `net`, and of `spawn` the options `view`, `net`, `ops`, `hostname` and `group` give
--- ENOTSUP. `isolation` tells what the agent found. Closed, it ends what it has started; as the
--- first process of a container it ends that.
---@async
---@param opts core.room.Attach
---@return core.room.Room? room
---@return core.Error? err    EAGENT: nobody listens, it is another process, or it ended; EROOM: it
---refused, as for a wrong key; EPROTO: what answered does not know the key; EACCES...
function room.attach(opts) end

--- Writes the agent's program to a file in a folder, for rooms that others make. Its name says its
--- content, its mode is 0555; one that is right already stays.
---@param dir string
---@return string? path
---@return core.Error? err
function room.agent_file(dir) end

--- Starts a command.
---@async
---@param spec core.room.Spawn
---@return core.room.Process? process
---@return core.Error? err    COMMAND_NOT_FOUND, EACCES..., EAGENT; ENOENT: there is no such `user`;
---EPERM: the agent cannot become it, or could not end what runs as it
function instance:spawn(spec) end

--- Makes a view: another look of the room's files, that stays until the room ends.
---
--- It begins as the room's own, and the operations are carried out on it: their sources are paths
--- in the room, not on the host, or "@name": what lies on the room's shelf. What is writable in
--- the room is shared with it; a tmpfs in it is its own. A mount point that is missing in the
--- room's root is made there, as an empty place that every view has. Views keep services apart
--- from one another's files, not safe from one another: commands of one room may look into each
--- other by /proc.
---@async
---@param ops core.room.Op[]
---@return integer? view      its handle, in this room only
---@return core.Error? err    ENOENT..., with the operation; ELIMIT: 128 views and networks
function instance:view(ops) end

--- Makes a network: nothing but a loopback, with ports of its own, that stays until the room ends.
---@async
---@return integer? net       its handle, in this room only
---@return core.Error? err    ELIMIT: 128 views and networks
function instance:net() end

--- Writes a file; missing directories are made; it appears whole or not at all.
---@async
---@param path string
---@param content string
---@param mode? integer
---@param where? { view?: integer }
---@return true? ok
---@return core.Error? err    EBADF: there is no such view
function instance:put(path, content, mode, where) end

--- Reads a file; EFBIG when it is longer than `max` (64 MiB).
---@async
---@param path string
---@param max? integer
---@param where? { view?: integer }
---@return string? content
---@return core.Error? err
function instance:get(path, max, where) end

--- Looks at a path, links not followed.
---@async
---@param path string
---@param where? { view?: integer }
---@return { kind: "file"|"directory"|"link"|"other"|"absent", mode: integer, size: integer }? stat
---@return core.Error? err
function instance:stat(path, where) end

--- Connects to a port of the room once.
---
--- With an owner the port must be its own: what listens there, and would get the next connection,
--- must be held by a process of that command, at any depth and in any session. Else the code is
--- EOWNER and `err.detail` is { pid, name } of the holder; pid is 0 when it cannot be seen.
---@async
---@param port integer
---@param where? { net?: integer, ip?: string, owner?: core.room.Process }
---@return true? ok
---@return core.Error? err    ECONNREFUSED; EOWNER; ESRCH: nothing of the owner is left
function instance:probe(port, where) end

--- Opens a byte stream to a port of the room.
---@async
---@param port integer
---@param where? core.room.Place
---@return core.room.Stream? stream
---@return core.Error? err    ECONNREFUSED...
function instance:dial(port, where) end

--- Listens on a port of the room and carries each connection to one address of the host.
---@async
---@param port integer
---@param target { port?: integer, host?: string, path?: string } 127.0.0.1:port, a port of a host
---that is looked up for each connection, or a unix socket
---@param where? core.room.Place
---@return core.room.Relay? relay
---@return core.Error? err    EADDRINUSE...
function instance:relay(port, target, where) end

--- Listens on 127.0.0.1 of the host and carries each connection to a port of the room.
---@param port integer
---@param host_port? integer default: any that is free
---@param where? core.room.Place
---@return core.room.Relay? relay
---@return core.Error? err    EADDRINUSE...
function instance:publish(port, host_port, where) end

---@class core.room.Address: core.room.Place
---@field port integer

---@class core.room.BridgeSpec: core.room.Address
---@field to core.room.Address

--- Listens on a port of the room and carries each connection to another one: from network to
--- network. At most 256 connections are carried at once in a room; more wait.
---@async
---@param spec core.room.BridgeSpec
---@return core.room.Bridge? bridge
---@return core.Error? err    EADDRINUSE; ELOOP: it would lead to itself
function instance:bridge(spec) end

--- Tells whether the room can be used.
---@return true? ok
---@return core.Error? err    why not
function instance:status() end

--- Returns what was isolated, as the agent did it.
---@return { name: string, what: string }[] facts
function instance:isolation() end

--- Returns what the agent saw that no request asked for.
---@return { name: string, what: string }[] notes
function instance:notes() end

--- Returns the number of its agent on the host; of one joined by `path` the kernel's word. 0 when
--- unknown.
---@return integer pid
function instance:pid() end

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

--- Returns what was told so far; at most 65, of which the last counts the others.
---@return core.room.Report[] reports
function instance:reports() end

--- Gives the room up without ending it: it ends by itself after `seconds`, or at a SIGTERM to its
--- first process.  Afterwards the object is closed.
---@async
---@param seconds integer     1 to 86400
---@return true? ok
---@return core.room.Report[]|core.Error|nil reports what was tried in it; or why it failed
function instance:keep(seconds) end

--- Ends the room and waits until nothing of it is left; also `__close`. Collected, it is killed.
---@async
---@return integer? killed    processes that were still alive
---@return core.room.Report[]|core.Error|nil reports when there are any; or why it failed
---@return core.room.Report[]? reports of one that failed
function instance:close() end

---@class core.room.Stream
local connection = {}

--- Returns what has come, as soon as there is something; "" when the other side has ended.
---@async
---@return string? text
---@return core.Error? err
function connection:read() end

--- Sends bytes; waits until the room has taken them.
---@async
---@param text string
---@return true? ok
---@return core.Error? err    EPIPE
function connection:write(text) end

--- Says that no more is written; reading goes on.
function connection:finish() end

--- Drops the connection; also `__close`.
function connection:close() end

---@class core.room.Bridge
local bridge = {}

--- Stops listening and drops its connections; also `__close`.
function bridge:close() end

---@class core.room.Relay
local relay = {}

--- Returns the port on the host of what was published.
---@return integer port
function relay:port() end

--- Returns how many connections there are, and how many there were.
---@return integer now
---@return integer ever
function relay:connections() end

--- Stops listening and drops its connections; also `__close`.
function relay:close() end

--- Waits until the command has ended. May be called again.
---@async
---@return core.room.Result? result
---@return core.Error? err    EAGENT: the room was lost, nothing is known of the command
function process:wait() end

--- Returns output from `offset` on as soon as there is some; "" when it has ended and none is left.
---@async
---@param stream "stdout"|"stderr"
---@param offset integer
---@param len? integer        at most (default 64 KiB, most 1 MiB)
---@return string? text
---@return core.Error? err    ENODATA: cut at the cap
function process:read(stream, offset, len) end

--- Feeds its stdin; needs `stdin = true`. Waits until the room has taken it.
---@async
---@param text string
---@return true? ok
---@return core.Error? err    EPIPE
function process:write(text) end

--- Ends its stdin.
function process:close_stdin() end

--- Returns its number in the room.
---@return integer pid
function process:pid() end

--- Returns what reports of the room name it by.
---@return integer id
function process:id() end

--- Sends a signal to its process group; SIGSTOP and SIGCONT to all processes of it.
---@param number integer
---@return true? ok
---@return core.Error? err    ESRCH
function process:signal(number) end

--- Kills it and its group; `wait` tells the end.
function process:kill() end

--- Returns what is kept of stdout: all of it, or head and tail.
---@param max? integer        most bytes of text
---@return string? text
---@return integer|core.Error cut  bytes of the stream that are not in `text`
function process:stdout(max) end

--- The same for stderr.
---@param max? integer
---@return string? text
---@return integer|core.Error cut
function process:stderr(max) end

--- Kills what runs and forgets it; also `__close`.
function process:close() end

return room
