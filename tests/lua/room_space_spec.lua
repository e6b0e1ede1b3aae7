local fs = require("core.fs")
local room = require("core.room")
local task = require("clnrm.task")

local SPEC = {
  hostname = "room",
  uid = 1000,
  gid = 1000,
  root_size = 1 << 20,
  root_inodes = 1000,
  ops = {
    { kind = "ro", source = "/usr", target = "/usr" },
    { kind = "link", source = "usr/bin", target = "/bin" },
    { kind = "link", source = "usr/lib", target = "/lib" },
    { kind = "link", source = "usr/lib64", target = "/lib64" },
    { kind = "dir", target = "/etc", mode = 493 },
    { kind = "file", target = "/etc/hosts", mode = 420, source = "127.0.0.1 localhost\n" },
    { kind = "proc", target = "/proc" },
    { kind = "dev", target = "/dev", size = 1 << 20, inodes = 100 },
    { kind = "tmpfs", target = "/room", mode = 493, size = 1 << 28, inodes = 1000 },
  },
  filters = { room.filter() },
}
local image = assert(room.image(SPEC))

local function spec_of(argv, more)
  local spec = { argv = argv, env = { "PATH=/usr/bin" }, cwd = "/room", filter = 0 }
  for key, value in pairs(more or {}) do
    spec[key] = value
  end
  return spec
end

--- Runs a shell text in the room to its end: its output.
local function sh(r, text, more)
  local process <close> = assert(r:spawn(spec_of({ "sh", "-c", "(" .. text .. ") 2>&1" }, more)))
  assert(process:wait())
  return (process:stdout())
end

-- Listens on its port; each connection gets its name.  A second argument makes a child do it, in a
-- session of its own.
local SERVER = [[
import os, socket, sys
if len(sys.argv) > 3 and os.fork() > 0: os.wait()
if len(sys.argv) > 3: os.setsid()
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
s.bind((sys.argv[1], int(sys.argv[2]))); s.listen(128)
print("up", flush=True)
while True:
    c = s.accept()[0]; c.sendall(sys.argv[1].encode()); c.close()
]]

local function serve(r, ip, port, more)
  local argv = { "python3", "-c", SERVER, ip, tostring(port), more and more.forks and "x" or nil }
  local spec = spec_of(argv, more)
  spec.forks = nil
  local process = assert(r:spawn(spec))
  assert.equal("up\n", process:read("stdout", 0))
  return process
end

local function read_all(stream)
  local parts = {}
  while true do
    local text = assert(stream:read())
    if text == "" then
      return table.concat(parts)
    end
    parts[#parts + 1] = text
  end
end

describe("views of a room", function()
  it("show other files to those that are in them, and last", function()
    local r <close> = assert(room.open(image))
    assert(r:put("/room/hosts", "127.0.0.9 db\n"))
    local view = assert(r:view({
      { kind = "ro", source = "/room/hosts", target = "/etc/hosts" },
      { kind = "tmpfs", target = "/data", mode = 493, size = 1 << 20, inodes = 100 },
    }))
    assert.equal("integer", math.type(view))
    assert.equal("127.0.0.9 db\n", sh(r, "cat /etc/hosts", { view = view }))
    assert.equal("127.0.0.1 localhost\n", sh(r, "cat /etc/hosts"))
    sh(r, "echo kept >/data/file; echo shared >/room/file", { view = view })
    assert.equal("kept\n", sh(r, "cat /data/file", { view = view }))
    assert.equal("shared\n", sh(r, "cat /room/file; ls /data")) -- there is an empty place
    local other = assert(r:view({}))
    assert.equal("127.0.0.1 localhost\n", sh(r, "cat /etc/hosts; ls /data", { view = other }))
  end)

  it("are where files are put, fetched and looked at", function()
    local r <close> = assert(room.open(image))
    local ops = { { kind = "tmpfs", target = "/room/d", mode = 493, size = 1 << 20, inodes = 100 } }
    local view = assert(r:view(ops))
    assert.is_true(r:put("/room/d/in/file", "text", { view = view }))
    assert.is_true(r:put("/room/d/other", "text", 384, { view = view }))
    assert.equal("text", r:get("/room/d/in/file", { view = view }))
    assert.equal("EFBIG", select(2, r:get("/room/d/in/file", 3, { view = view })).code)
    assert.equal("file", r:stat("/room/d/other", { view = view }).kind)
    assert.equal(384, r:stat("/room/d/other", { view = view }).mode)
    assert.equal("absent", r:stat("/room/d/other").kind)
    assert.equal("ENOENT", select(2, r:get("/room/d/in/file")).code)
    sh(r, "ln -s /etc/hosts d/link; ln -s ../../../../etc d/up", { view = view })
    assert.equal("127.0.0.1 localhost\n", r:get("/room/d/link", { view = view })) -- not the host's
    assert.equal("127.0.0.1 localhost\n", r:get("/room/d/up/hosts", { view = view }))
    assert.equal("EROFS", select(2, r:put("/etc/new", "x", { view = view })).code)
  end)

  it("are as safe as the room: read-only where asked, no devices, no mounts", function()
    local r <close> = assert(room.open(image))
    sh(r, "mkdir a b; echo text >a/file")
    local view = assert(r:view({
      { kind = "ro", source = "/room/a", target = "/srv" },
      { kind = "rw", source = "/room/b", target = "/data" },
      { kind = "tmpfs", target = "/scratch", mode = 493, size = 4096, inodes = 10 },
    }))
    assert.matches("Read%-only", sh(r, "echo x >/srv/file", { view = view }))
    assert.matches("Read%-only", sh(r, "mkdir /new", { view = view }))
    assert.equal("", sh(r, "echo x >/data/file", { view = view }))
    assert.equal("x\n", sh(r, "cat b/file"))
    assert.matches("No space", sh(r, "head -c 9000 /dev/zero >/scratch/file", { view = view }))
    local mounts = sh(r, "grep -E ' /(srv|data|scratch) ' /proc/mounts", { view = view })
    for line in mounts:gmatch("[^\n]+") do
      assert.matches("nosuid", line)
      assert.matches("nodev", line)
    end
    assert.equal(3, select(2, mounts:gsub("\n", "")))
    assert.not_equal("", sh(r, "mount -t tmpfs none /data; umount /srv", { view = view }))
    assert.matches("denied", sh(r, "cat /proc/1/root/room/a/file; ls /proc/1/ns", { view = view }))
  end)

  it("may be given more on top for one command", function()
    local r <close> = assert(room.open(image))
    local view = assert(r:view({
      { kind = "tmpfs", target = "/one", mode = 493, size = 4096, inodes = 10 },
    }))
    local ops = { { kind = "tmpfs", target = "/two", mode = 493, size = 4096, inodes = 10 } }
    assert.equal("2\n", sh(r, "grep -cE ' /(one|two) ' /proc/mounts", { view = view, ops = ops }))
    assert.equal("1\n", sh(r, "grep -cE ' /(one|two) ' /proc/mounts", { view = view }))
  end)

  it("are refused with the reason, and the room goes on", function()
    local r <close> = assert(room.open(image))
    local view, err = r:view({ { kind = "ro", source = "/no/such", target = "/data" } })
    assert.is_nil(view)
    assert.equal("ENOENT", err.code)
    assert.matches("/no/such on /data", err.message, 1, true)
    view, err = r:view({
      { kind = "tmpfs", target = "/usr/new", mode = 493, size = 4096, inodes = 10 },
    })
    assert.is_nil(view)
    assert.equal("EROFS", err.code)
    for _, opts in ipairs({ { view = 4711 }, { net = 4711 } }) do
      local process
      process, err = r:spawn(spec_of({ "true" }, opts))
      assert.is_nil(process)
      assert.equal("EBADF", err.code)
      assert.matches("the room has no such", err.message)
    end
    assert.equal("EBADF", select(2, r:stat("/etc", { view = 4711 })).code)
    assert.has_error(function()
      r:view({ { kind = "nonsense", target = "/x" } })
    end)
    assert.has_error(function()
      r:stat("/etc", { views = 1 })
    end)
    assert.equal("", sh(r, "true"))
  end)

  it("show what lies on the room's shelf, which the room itself does not show", function()
    local dir = assert(fs.tempdir())
    assert(fs.write_atomic(dir .. "/file", "of the host\n"))
    assert(fs.mkdir_p(dir .. "/under"))
    local spec = {}
    for key, value in pairs(SPEC) do
      spec[key] = value
    end
    spec.shelf = {
      { kind = "rw", source = dir, target = "/volume" },
      { kind = "copy", source = dir, target = "/copy", size = 1 << 20, inodes = 100 },
      { kind = "file", source = "127.0.0.9 db\n", target = "/hosts", mode = 420 },
    }
    local r <close> = assert(room.open(assert(room.image(spec))))
    assert.equal("0\n", sh(r, "grep -cE 'volume|copy' /proc/mounts"))
    assert.equal("bin dev etc lib lib64 proc room usr", sh(r, "echo $(ls -A /)"):sub(1, -2))
    local view = assert(r:view({
      { kind = "rw", source = "@volume", target = "/data" },
      { kind = "ro", source = "@volume/under", target = "/under" },
      { kind = "rw", source = "@copy", target = "/copy" },
      { kind = "ro", source = "@hosts", target = "/etc/hosts" },
      { kind = "ro", source = "@none", target = "/none", optional = true },
    }))
    assert.equal("of the host\n127.0.0.9 db\n", sh(r, "cat /data/file /etc/hosts", { view = view }))
    assert.equal("", sh(r, "echo new >/data/under/x; echo mine >/copy/file", { view = view }))
    assert.equal("new\n", fs.read(dir .. "/under/x"))
    assert.equal("of the host\n", fs.read(dir .. "/file"))
    assert.equal("mine\n", r:get("/copy/file", { view = view }))
    assert.matches("Read%-only", sh(r, "echo x >/under/x", { view = view }))
    assert.matches("Read%-only", sh(r, "echo x >/etc/hosts", { view = view }))
    local mounts = sh(r, "grep -cE ' /(data|under|copy|etc/hosts) .*nosuid,nodev' /proc/mounts",
      { view = view })
    assert.equal("4\n", mounts)
    local again = assert(r:view({ { kind = "ro", source = "@copy", target = "/data" } }))
    assert.equal("mine\n", sh(r, "cat /data/file", { view = again })) -- one for the room
    local ops = { { kind = "ro", source = "@volume", target = "/srv" } }
    assert.equal("of the host\n", sh(r, "cat /srv/file", { ops = ops }))
    for source, code in pairs({
      ["@none"] = "ENOENT", ["@"] = "EINVAL", ["@../etc"] = "EINVAL", ["@volume/../.."] = "EINVAL",
    }) do
      local none, err = r:view({ { kind = "ro", source = source, target = "/data" } })
      assert.is_nil(none)
      assert.equal(code, err.code)
    end
    assert(fs.symlink(dir .. "/link", "/copy")) -- what a step of another service may have put there
    for _, source in ipairs({ "@volume/link", "@volume/link/under" }) do
      local linked = { { kind = "ro", source = source, target = "/data" } }
      assert.equal("ELOOP", select(2, r:view(linked)).code)
    end
    local ops_of_copy =
      { { kind = "copy", source = "@volume", target = "/data", size = 4096, inodes = 10 } }
    assert.equal("EINVAL", select(2, r:view(ops_of_copy)).code)
    fs.remove_tree(dir)
  end)

  it("leave no set-user-ID program on the host, where the filter says so", function()
    local dir = assert(fs.tempdir())
    local spec = {}
    for key, value in pairs(SPEC) do
      spec[key] = value
    end
    spec.shelf = { { kind = "rw", source = dir, target = "/volume" } }
    spec.filters = { room.filter({ no_setid = true }) }
    local r <close> = assert(room.open(assert(room.image(spec))))
    local view = assert(r:view({ { kind = "rw", source = "@volume", target = "/data" } }))
    local process <close> = assert(r:spawn(spec_of({ "python3", "-c", [[
import ctypes, os
os.chdir("/data")
def refused(what, *args):
    try: what(*args)
    except PermissionError: return
    print("done:", what.__name__, args)
def make(name, flags, mode): os.close(os.open(name, os.O_CREAT | flags, mode))
make("file", os.O_RDWR, 0o755); os.chmod("file", 0o1700); os.mkdir("dir", 0o7777)
fd = os.open("file", os.O_RDWR)
for bit in (0o2000, 0o4000, 0o6000):
    refused(os.chmod, "file", 0o755 | bit)
    refused(os.fchmod, fd, 0o755 | bit)
    refused(lambda: os.chmod("file", 0o755 | bit, dir_fd=os.open(".", os.O_RDONLY)))
    refused(make, "new", os.O_RDWR, 0o755 | bit)
    refused(make, ".", os.O_RDWR | os.O_TMPFILE & ~os.O_CREAT, 0o755 | bit)
    refused(os.mknod, "node", 0o100755 | bit)
libc = ctypes.CDLL(None, use_errno=True)
how = (ctypes.c_uint64 * 3)(os.O_CREAT | os.O_RDWR, 0o4755, 0)
print(libc.syscall(437, -100, b"two", how, 24), ctypes.get_errno())
open("plain", "w").write("x")]] }, { view = view })))
    assert(process:wait())
    assert.equal("", (process:stderr()))
    assert.equal("-1 38\n", (process:stdout()))
    local seen = {}
    for _, entry in ipairs(assert(fs.scandir(dir))) do
      seen[#seen + 1] = entry.name
      assert.equal(0, fs.lstat(dir .. "/" .. entry.name).mode & 0xC00, entry.name)
    end
    table.sort(seen)
    assert.same({ "dir", "file", "plain" }, seen)
    fs.remove_tree(dir)
  end)

  it("have no shelf when the room has none; a shelf that cannot be made makes no room", function()
    local r <close> = assert(room.open(image))
    local view, err = r:view({ { kind = "ro", source = "@x", target = "/data" } })
    assert.is_nil(view)
    assert.equal("ENOENT", err.code)
    local spec = {}
    for key, value in pairs(SPEC) do
      spec[key] = value
    end
    spec.shelf = { { kind = "rw", source = "/no/such/place", target = "/volume" } }
    local none
    none, err = room.open(assert(room.image(spec)))
    assert.is_nil(none)
    assert.equal("EROOM", err.code)
    assert.matches("/no/such/place", err.message, 1, true)
  end)

  it("are limited in number", function()
    local r <close> = assert(room.open(image))
    for _ = 1, 128 do
      assert(r:view({}))
    end
    local view, err = r:view({})
    assert.is_nil(view)
    assert.equal("ELIMIT", err.code)
    assert.equal("ELIMIT", select(2, r:net()).code)
  end)
end)

describe("networks of a room", function()
  it("each have ports of their own", function()
    local r <close> = assert(room.open(image))
    local net = assert(r:net())
    local one <close> = serve(r, "127.0.0.1", 7000)
    local two <close> = serve(r, "127.0.0.2", 7000, { net = net })
    assert.is_true(r:probe(7000))
    assert.equal("ECONNREFUSED", select(2, r:probe(7000, { net = net })).code)
    assert.is_true(r:probe(7000, { net = net, ip = "127.0.0.2" }))
    assert.equal("ECONNREFUSED", select(2, r:probe(7000, { ip = "127.0.0.2" })).code)
    local stream <close> = assert(r:dial(7000, { net = net, ip = "127.0.0.2" }))
    assert.equal("127.0.0.2", read_all(stream))
    assert.equal("1\n1\n", sh(r, "for w in : lo; do grep -c $w /proc/net/dev; done", { net = net }))
    assert.equal("EBADF", select(2, r:probe(7000, { net = 4711 })).code)
    assert.equal("EBADF", select(2, r:dial(7000, { net = 4711 })).code)
    one:close()
    two:close()
  end)

  it("are relayed from and published like the room's own", function()
    local r <close> = assert(room.open(image))
    local net = assert(r:net())
    local server <close> = serve(r, "127.0.0.3", 7000, { net = net })
    local published <close> = assert(r:publish(7000, { net = net, ip = "127.0.0.3" }))
    local relay <close> = assert(r:relay(7001, { port = published:port() }))
    local again <close> = assert(r:relay(7001, { port = published:port() }, { net = net }))
    local client = [[python3 -c "
import socket; print(socket.create_connection(('127.0.0.1', 7001)).recv(100).decode())"]]
    assert.equal("127.0.0.3\n", sh(r, client))
    assert.equal("127.0.0.3\n", sh(r, client, { net = net }))
    local _, ever = relay:connections()
    assert.equal(1, ever)
    _, ever = again:connections()
    assert.equal(1, ever)
    server:close()
  end)

  it("are led into one another by bridges", function()
    local r <close> = assert(room.open(image))
    local a, b = assert(r:net()), assert(r:net())
    local in_a <close> = serve(r, "127.0.0.1", 7000, { net = a })
    local in_b <close> = serve(r, "0.0.0.0", 7000, { net = b })
    local function bridge(from, ip, to)
      return assert(r:bridge({ net = from, ip = ip, port = 7000, to = { net = to, port = 7000 } }))
    end
    local to_a <close> = bridge(nil, "127.0.1.1", a)
    local to_b <close> = bridge(nil, "127.0.1.2", b)
    local a_to_b <close> = bridge(a, "127.0.1.2", b)
    local client = [[python3 -c "
import socket, sys; print(socket.create_connection(('%s', 7000)).recv(100).decode())"]]
    assert.equal("127.0.0.1\n", sh(r, client:format("127.0.1.1")))
    assert.equal("0.0.0.0\n", sh(r, client:format("127.0.1.2")))
    assert.equal("0.0.0.0\n", sh(r, client:format("127.0.1.2"), { net = a }))
    local again, err = r:bridge({ ip = "127.0.1.1", port = 7000, to = { net = a, port = 7000 } })
    assert.is_nil(again)
    assert.equal("EADDRINUSE", err.code)
    to_a:close()
    assert.equal("ECONNREFUSED", select(2, r:probe(7000, { ip = "127.0.1.1" })).code)
    to_a:close()
    to_b:close()
    a_to_b:close()
    in_a:close()
    in_b:close()
  end)

  it("carry much, both ways, with each side's end, many at once", function()
    local r <close> = assert(room.open(image))
    local net = assert(r:net())
    local echo <close> = assert(r:spawn(spec_of({ "python3", "-c", [[
import socketserver
class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        total = 0
        while True:
            data = self.request.recv(65536)
            if not data: break
            self.request.sendall(data)
        self.request.sendall(b"bye")
class Tcp(socketserver.ThreadingTCPServer): request_queue_size = 128
server = Tcp(("127.0.0.1", 7000), Echo); print("up", flush=True); server.serve_forever()]] },
      { net = net })))
    assert.equal("up\n", echo:read("stdout", 0))
    local bridge <close> = assert(r:bridge({ port = 7000, to = { net = net, port = 7000 } }))
    local big = ("0123456789abcdef"):rep(100000)
    local group <close> = task.group()
    for i = 1, 6 do
      group:spawn(function()
        local stream <close> = assert(r:dial(7000))
        local writer <close> = task.group()
        writer:spawn(function()
          assert.is_true(stream:write(i .. big))
          stream:finish()
        end)
        assert.is_true(i .. big .. "bye" == read_all(stream))
      end)
    end
    group:wait()
    bridge:close()
  end)

  it("show what the target refuses as a broken connection", function()
    local r <close> = assert(room.open(image))
    local bridge <close> = assert(r:bridge({ ip = "127.0.1.1", port = 7000, to = { port = 7000 } }))
    local stream <close>, err = r:dial(7000, { ip = "127.0.1.1" })
    if stream then
      err = select(2, stream:read())
    end
    assert.equal("ECONNRESET", err.code)
    assert.is_true(r:status())
    local none
    none, err = r:bridge({ port = 7000, to = { port = 7000 } })
    assert.is_nil(none)
    assert.equal("ELOOP", err.code)
    err = select(2, r:bridge({ port = 1, ip = "10.0.0.1", to = { port = 1 } })) -- there is no such
    assert.equal("EADDRNOTAVAIL", err.code)
    for _, wrong in ipairs({ {}, { port = 1 }, { port = 1, to = {} }, { port = 0, to = {} },
      { port = 1, ip = "x", to = { port = 1 } }, { port = 1, to = { port = 1, host = "x" } },
    }) do
      assert.has_error(function()
        r:bridge(wrong)
      end)
    end
    bridge:close()
  end)

  it("carry 256 connections at most, the others wait, and commands run meanwhile", function()
    local r <close> = assert(room.open(image))
    local net = assert(r:net())
    local server <close> = assert(r:spawn(spec_of({ "python3", "-c", [[
import socket
s = socket.socket(); s.bind(("127.0.0.1", 7000)); s.listen(500); print("up", flush=True)
kept = []
while True: kept.append(s.accept()[0]); print(len(kept), flush=True)]] }, { net = net })))
    assert.equal("up\n", server:read("stdout", 0))
    local bridge <close> = assert(r:bridge({ port = 7000, to = { net = net, port = 7000 } }))
    local client <close> = assert(r:spawn(spec_of({ "python3", "-c", [[
import socket, sys
kept = [socket.create_connection(("127.0.0.1", 7000)) for _ in range(300)]
print("up", flush=True); sys.stdin.readline()
for c in kept[:100]: c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1" + b"\0" * 7); c.close()
sys.stdin.readline()]] }, { stdin = true })))
    assert.equal("up\n", client:read("stdout", 0))
    local function accepted()
      return tonumber(server:stdout():match("(%d+)\n$"))
    end
    local function reaches(count)
      for _ = 1, 2000 do
        if accepted() == count then
          return true
        end
        task.sleep(5)
      end
    end
    assert.is_true(reaches(256))
    assert.equal("yes\n", sh(r, "echo yes"))
    assert.equal(256, accepted())
    assert(client:write("\n"))
    assert.is_true(reaches(300))
    bridge:close()
  end)

  it("are limited in number, as all that goes on in a room", function()
    local r <close> = assert(room.open(image))
    local bridges, err = {}, nil
    for port = 1000, 1600 do
      bridges[#bridges + 1], err = r:bridge({ port = port, to = { port = 999 } })
      if err then
        break
      end
    end
    assert.equal("ELIMIT", err.code)
    assert.equal(512, #bridges)
    bridges[1]:close()
    assert.equal("yes\n", sh(r, "echo yes"))
    for _, bridge in ipairs(bridges) do
      bridge:close()
    end
  end)

  it("give a command a name of its own", function()
    local r <close> = assert(room.open(image))
    assert.equal("db\nroom\n", sh(r, "hostname", { hostname = "db" }) .. sh(r, "hostname"))
    assert.has_error(function()
      r:spawn(spec_of({ "true" }, { hostname = ("x"):rep(65) }))
    end)
  end)
end)

describe("the owner of a port", function()
  it("is the process that was asked about, with its whole tree", function()
    local r <close> = assert(room.open(image))
    local one <close> = serve(r, "127.0.0.1", 7000)
    local two <close> = serve(r, "0.0.0.0", 7001, { forks = true })
    local six <close> = assert(r:spawn(spec_of({ "python3", "-c", [[
import socket, time
s = socket.socket(socket.AF_INET6); s.bind(("::", 7002)); s.listen(1)
print("up", flush=True); time.sleep(1000)]] })))
    assert.equal("up\n", six:read("stdout", 0))
    assert.is_true(r:probe(7000, { owner = one }))
    assert.is_true(r:probe(7001, { owner = two }))
    assert.is_true(r:probe(7002, { owner = six }))
    for port, owner in pairs({ [7000] = two, [7001] = one, [7002] = one }) do
      local ok, err = r:probe(port, { owner = owner })
      assert.is_nil(ok)
      assert.equal("EOWNER", err.code)
      assert.equal("python3", err.detail.name)
      assert.is_true(err.detail.pid > 1)
      assert.equal(("port %d is held by python3 (pid %d), which is not of this service"):format(
        port, err.detail.pid), err.message)
    end
    assert.equal("ECONNREFUSED", select(2, r:probe(7003, { owner = one })).code)
  end)

  it("is asked for in the network of the port", function()
    local r <close> = assert(room.open(image))
    local net = assert(r:net())
    local one <close> = serve(r, "127.0.0.1", 7000)
    local two <close> = serve(r, "127.0.0.1", 7000, { net = net })
    assert.is_true(r:probe(7000, { net = net, owner = two }))
    assert.is_true(r:probe(7000, { owner = one }))
    assert.equal("EOWNER", select(2, r:probe(7000, { net = net, owner = one })).code)
    assert.equal("EOWNER", select(2, r:probe(7000, { owner = two })).code)
  end)

  it("is clnrm itself for what it listens on", function()
    local r <close> = assert(room.open(image))
    local one <close> = serve(r, "127.0.0.1", 7000)
    local relay <close> = assert(r:relay(7001, { port = 1 }))
    local ok, err = r:probe(7001, { owner = one })
    assert.is_nil(ok)
    assert.equal("EOWNER", err.code)
    assert.same({ pid = 1, name = "clnrm-agent" }, err.detail)
    relay:close()
  end)

  it("is asked before anything is connected to: the server of another is left alone", function()
    local r <close> = assert(room.open(image))
    local one = serve(r, "127.0.0.1", 7000)
    local deaf = [[
import select, socket
s = socket.socket(); s.bind(("127.0.0.1", 7001)); s.listen(0)
print("up", flush=True)
print("called" if select.select([s], [], [], 60)[0] else "left alone", flush=True)
]]
    local other = assert(r:spawn(spec_of({ "python3", "-c", deaf })))
    assert.equal("up\n", other:read("stdout", 0))
    for _ = 1, 20 do
      local ok, err = task.timeout(60000, r.probe, r, 7001, { owner = one })
      assert.is_nil(ok)
      assert.equal("EOWNER", err.code)
    end
    local said, why = task.timeout(100, other.read, other, "stdout", 3)
    assert.is_nil(said)
    assert.equal("ETIMEDOUT", why.code)
  end)

  it("is the one to which the kernel gives a connection", function()
    local r <close> = assert(room.open(image))
    local any <close> = serve(r, "0.0.0.0", 7000)
    local exact <close> = serve(r, "127.0.0.1", 7000)
    assert.is_true(r:probe(7000, { owner = exact }))
    assert.equal("EOWNER", select(2, r:probe(7000, { owner = any })).code)
    assert.is_true(r:probe(7000, { ip = "127.0.0.9", owner = any }))
    local same <close> = serve(r, "127.0.0.1", 7000) -- both get some
    assert.equal("EOWNER", select(2, r:probe(7000, { owner = exact })).code)
    assert.equal("EOWNER", select(2, r:probe(7000, { owner = same })).code)
  end)

  it("is nobody once it has ended", function()
    local r <close> = assert(room.open(image))
    local other <close> = serve(r, "127.0.0.1", 7000)
    local ended <close> = assert(r:spawn(spec_of({ "true" })))
    assert(ended:wait())
    assert.equal("ESRCH", select(2, r:probe(7000, { owner = ended })).code)
    local spec = spec_of({ "sh", "-c", "sleep 1000 &" }, { keep_group = true })
    local left <close> = assert(r:spawn(spec))
    assert(left:wait())
    assert.equal("EOWNER", select(2, r:probe(7000, { owner = left })).code)
    local elsewhere <close> = assert(room.open(image))
    assert.equal("ESRCH", select(2, elsewhere:probe(7000, { owner = other })).code)
    assert.has_error(function()
      r:probe(7000, { owner = "x" })
    end)
  end)

  it("may have left what it started to others", function()
    local r <close> = assert(room.open(image))
    local server <close> = serve(r, "127.0.0.1", 7000, { forks = true, keep_group = true })
    assert.is_true(r:probe(7000, { owner = server }))
  end)
end)
