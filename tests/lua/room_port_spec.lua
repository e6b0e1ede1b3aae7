local fs = require("core.fs")
local proc = require("core.proc")
local room = require("core.room")
local task = require("clnrm.task")

local image = assert(room.image({
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
    { kind = "proc", target = "/proc" },
    { kind = "dev", target = "/dev", size = 1 << 20, inodes = 100 },
    { kind = "tmpfs", target = "/room", mode = 493, size = 1 << 28, inodes = 1000 },
  },
}))

-- Serves one socket with threads: what it is sent comes back, "?" first when asked for with "hi".
local ECHO = [[
import socket, socketserver, sys, threading
class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while True:
            data = self.request.recv(65536)
            if not data: break
            self.request.sendall(data)
        self.request.sendall(b"bye")
class Tcp(socketserver.ThreadingTCPServer): allow_reuse_address = True; request_queue_size = 128
class Unix(socketserver.ThreadingUnixStreamServer): request_queue_size = 128
if sys.argv[1].startswith("/"): server = Unix(sys.argv[1], Echo)
else: server = Tcp(("127.0.0.1", int(sys.argv[1])), Echo)
print(sys.argv[1] if sys.argv[1].startswith("/") else server.server_address[1], flush=True)
server.serve_forever()
]]

-- Connects to a port, sends stdin, prints what comes back.
local CLIENT = [[
import socket, sys, threading
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
def send():
    s.sendall(sys.stdin.buffer.read()); s.shutdown(socket.SHUT_WR)
threading.Thread(target=send).start()
while True:
    data = s.recv(65536)
    if not data: break
    sys.stdout.buffer.write(data)
]]

local function in_room(r, source, arg, stdin)
  return assert(r:spawn({
    argv = { "python3", "-c", source, tostring(arg) },
    env = { "PATH=/usr/bin" },
    cwd = "/room",
    stdin = stdin,
  }))
end

local function on_host(source, arg, stdin)
  return assert(proc.spawn({ argv = { "python3", "-c", source, tostring(arg) }, stdin = stdin }))
end

local function first_line(read)
  for _ = 1, 1000 do
    local line = (read() or ""):match("^(.-)\n")
    if line then
      return line
    end
    task.sleep(5)
  end
  error("no line came")
end

local BIG = ("0123456789abcdef"):rep(200000) -- 3.2 MB

describe("ports of a room", function()
  it("dials into it", function()
    local r <close> = assert(room.open(image))
    local none, err = r:dial(8001)
    assert.is_nil(none)
    assert.equal("ECONNREFUSED", err.code)
    local server <close> = in_room(r, ECHO, 8001)
    assert.equal("8001\n", server:read("stdout", 0))
    local stream <close> = assert(r:dial(8001))
    assert.is_true(stream:write("hello"))
    assert.equal("hello", stream:read())
    local group <close> = task.group()
    group:spawn(function()
      assert.is_true(stream:write(BIG))
      stream:finish()
    end)
    local parts = {}
    while true do
      local text = assert(stream:read())
      if text == "" then
        break
      end
      parts[#parts + 1] = text
    end
    assert.is_true(BIG .. "bye" == table.concat(parts))
    assert.equal("", stream:read())
    assert.is_nil((stream:write("more")))
  end)

  it("relays connections of the room to one address of the host, many at once", function()
    local dir = assert(fs.tempdir())
    for _, where in ipairs({ dir .. "/socket", 0 }) do
      local server <close> = on_host(ECHO, where)
      local address = first_line(function()
        return server:stdout()
      end)
      local r <close> = assert(room.open(image))
      local target = where == 0 and { port = tonumber(address) } or { path = address }
      local relay <close> = assert(r:relay(4318, target))
      local none, err = r:relay(4318, target)
      assert.is_nil(none)
      assert.equal("EADDRINUSE", err.code)
      local group <close> = task.group()
      for i = 1, 8 do
        group:spawn(function()
          local client = in_room(r, CLIENT, 4318, i .. BIG)
          assert.equal(0, client:wait().code)
          assert.is_true(i .. BIG .. "bye" == client:stdout())
        end)
      end
      group:wait()
      local now, ever = relay:connections()
      assert.equal(8, ever)
      assert.is_true(now <= 8)
    end
    fs.remove_tree(dir)
  end)

  it("publishes a port of the room on loopback of the host", function()
    local r <close> = assert(room.open(image))
    local published <close> = assert(r:publish(8002))
    assert.is_true(published:port() > 1023)
    local server <close> = in_room(r, ECHO, 8002)
    assert.equal("8002\n", server:read("stdout", 0))
    local group <close> = task.group()
    for i = 1, 4 do
      group:spawn(function()
        local client <close> = on_host(CLIENT, published:port(), i .. BIG)
        assert.equal(0, client:wait().code)
        assert.is_true(i .. BIG .. "bye" == client:stdout())
      end)
    end
    group:wait()
    local ok, err = r:publish(8002, published:port())
    assert.is_nil(ok)
    assert.equal("EADDRINUSE", err.code)
  end)

  it("refuses in the room what the host refuses", function()
    local r <close> = assert(room.open(image))
    local relay <close> = assert(r:relay(4318, { path = "/no/such/socket" }))
    local client = in_room(r, CLIENT, 4318, "x")
    assert.is_true(client:wait().stdout.bytes == 0)
    local published <close> = assert(r:publish(8003)) -- nobody listens there
    local process <close> = on_host(CLIENT, published:port(), "x")
    assert(process:wait())
    assert.equal("", (process:stdout()))
    local _, ever = relay:connections()
    assert.equal(1, ever)
  end)

  it("ends every connection with the room", function()
    local r = assert(room.open(image))
    local server = in_room(r, ECHO, 8004)
    assert.equal("8004\n", server:read("stdout", 0))
    local stream <close> = assert(r:dial(8004))
    local published <close> = assert(r:publish(8004))
    local process <close> = on_host([[
import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1]))); s.sendall(b"x"); s.recv(1)
print("up", flush=True)
try: print(s.recv(1))
except ConnectionError: print(b'')]], published:port())
    first_line(function()
      return process:stdout()
    end)
    r:close()
    local text, err = stream:read()
    assert.is_nil(text)
    assert.equal("EAGENT", err.code)
    assert(process:wait())
    assert.equal("up\nb''\n", (process:stdout()))
    local late <close> = on_host(CLIENT, published:port(), "x") -- the room is gone
    assert(late:wait())
    assert.equal("", (late:stdout()))
  end)

  it("ends a connection that breaks, and nothing else", function()
    local r <close> = assert(room.open(image))
    local reset = [[
import socket, struct, sys
at = ("127.0.0.1", int(sys.argv[1]))
def reset(c):
    c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)); c.close()
if len(sys.argv) > 2:
    c = socket.create_connection(at); c.sendall(b"x"); c.recv(1); reset(c)
else:
    s = socket.socket(); s.bind(at); s.listen(8); print("up", flush=True)
    while True: c = s.accept()[0]; c.recv(1); reset(c)
]]
    local server <close> = in_room(r, reset, 8006)
    assert.equal("up\n", server:read("stdout", 0))
    local stream <close> = assert(r:dial(8006))
    assert.is_true(stream:write("x"))
    local text, err = stream:read()
    assert.is_nil(text)
    assert.equal("ECONNRESET", err.code)
    local published <close> = assert(r:publish(8006))
    local guest <close> = on_host(CLIENT, published:port(), "x")
    assert(guest:wait())
    local echo <close> = on_host(ECHO, 0)
    local port = tonumber(first_line(function()
      return echo:stdout()
    end))
    local relay <close> = assert(r:relay(4318, { port = port }))
    local client <close> = assert(r:spawn({
      argv = { "python3", "-c", reset, "4318", "client" },
      env = { "PATH=/usr/bin" },
    }))
    assert.equal(0, client:wait().code)
    for _ = 1, 1000 do
      if relay:connections() == 0 then
        break
      end
      task.sleep(5)
    end
    assert.equal(0, (relay:connections()))
    assert.is_true(r:status())
  end)

  it("forgets what is closed in any order", function()
    local r = assert(room.open(image))
    local relay = assert(r:relay(4318, { port = 1 }))
    local published = assert(r:publish(8005))
    r:close()
    relay:close()
    relay:close()
    published:close()
    assert.has_error(function()
      relay:connections()
    end)
    assert.has_error(function()
      published:port()
    end)
  end)

  it("refuses misuse by name", function()
    local r <close> = assert(room.open(image))
    for _, wrong in ipairs({ {}, { port = 1, path = "/x" }, { port = 70000 }, { path = "" },
      { path = ("x"):rep(200) }, { host = "example.org" } }) do
      assert.has_error(function()
        r:relay(4318, wrong)
      end)
    end
    assert.has_error(function()
      r:dial(0)
    end)
  end)
end)
