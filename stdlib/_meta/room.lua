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

--- Encodes what an agent in a room that others made is told: filters for its commands, and what it
--- watches for.
---@param spec { filters?: string[], guard?: core.room.Guard }
---@return core.room.Image? image for `room.attach`
---@return core.Error? err
function room.guest(spec) end

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

--- Tells what there is in the room, a line each: the agent's clock (`t`), processes (`p`), mounts
--- (`m`), what is used of file systems in memory (`u`), files that were changed since a time (`f`),
--- what is in files in memory (`c`), System V objects (`i`), message queues (`q`), sockets (`n`),
--- keys (`k`), the machine's name (`h`), what commands inherit from the agent (`a`), and what could
--- not be looked at (`!`). src/agent/survey.h has the lines.
---@async
---@param since_ns? integer of the clock of the agent's machine, as `t` has it; nil: a second ago
---@return string? text
---@return core.Error? err    EFBIG: it is too much
function instance:survey(since_ns) end

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

--- Listens on a port of the room and carries each connection to another one: from network to
--- network. In a room that others made the addresses may be any: "0.0.0.0" is all of it. At most
--- 256 connections are carried at once in a room; more wait.
---@async
---@param spec core.room.BridgeSpec
---@return core.room.Bridge? bridge
---@return core.Error? err    EADDRINUSE; ELOOP: it would lead to itself
function instance:bridge(spec) end

--- Makes the file system of a directory full, by a file that nobody sees, until the object is
--- closed.
--- Only a tmpfs of the room, or what is private to it above one, never a disk of the machine.
---@async
---@param path string absolute; no part of it may be a link
---@param max integer bytes that may be free there at most
---@param where? { view: integer }
---@return core.room.Fill? fill
---@return core.Error? err EXDEV: no tmpfs of the room; EFBIG: more is free; EACCES, ENOENT…
function instance:fill(path, max, where) end

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

--- Returns what was told so far; at most 65, of which the last counts the others.
---@return core.room.Report[] reports
function instance:reports() end

--- Gives the room up without ending it: it ends by itself after `seconds`, or at a SIGTERM to its
--- first process.  Afterwards the object is closed.
---@async
---@param seconds integer     1 to 86400
---@param door? { path: string, key: string } a unix socket that is made there, and 32 to 256 random
---bytes: while the room is kept, one host after the other can `attach` by both.  What it starts
---is killed when it goes, but for commands with `keep_group`
---@return true? ok
---@return core.room.Report[]|core.Error|nil reports what was tried in it; or why it failed
function instance:keep(seconds, door) end

--- Gives a room that others made (`attach`) up: what was started in it is killed, the room stays.
function instance:leave() end

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

---@class core.room.Fill
local fill = {}

--- Returns how many bytes it took.
---@return integer bytes
function fill:bytes() end

--- Gives the room back; also `__close`, and at the end of the room.
function fill:close() end

---@class core.room.Bridge
local bridge = {}

--- Changes how it carries its connections, those that are there, too. What waits goes on at once.
---@async
---@param shape core.room.Shape `{}`: as at its begin
---@return integer? held_back how many pieces the shape before made wait
---@return core.Error? err ESRCH: the room has ended
function bridge:shape(shape) end

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

--- Changes the size of its terminal (`tty`).
---@param rows integer
---@param columns integer
---@return true? ok
---@return core.Error? err ESRCH
function process:resize(rows, columns) end

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
