--- What a bridge does to its connections when it is told to, and full file systems: as those in the
--- room see it.
local room = require("core.room")
local task = require("clnrm.task")
local clock = require("core.clock")

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
    { kind = "tmpfs", target = "/room", mode = 493, size = 1 << 22, inodes = 1000 },
    { kind = "tmpfs", target = "/big", mode = 493, size = 1 << 26, inodes = 1000 },
  },
  filters = { room.filter() },
}))

local function spawn(r, argv, more)
  local spec = { argv = argv, env = { "PATH=/usr/bin" }, cwd = "/room", filter = 0 }
  for key, value in pairs(more or {}) do
    spec[key] = value
  end
  return assert(r:spawn(spec))
end

local function sh(r, text)
  local process <close> = spawn(r, { "sh", "-c", "(" .. text .. ") 2>&1" })
  local ended = assert(process:wait())
  return (process:stdout()), ended.code
end

local ECHO = [[
import socketserver
class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while True:
            data = self.request.recv(65536)
            if not data: break
            self.request.sendall(data)
class Tcp(socketserver.ThreadingTCPServer): request_queue_size = 128
server = Tcp(("127.0.0.1", 7000), Echo); print("up", flush=True); server.serve_forever()]]

--- A room with a server in a network of its own, a bridge to it, and the server: it must be kept.
local function bridged()
  local r = assert(room.open(image))
  local net = assert(r:net())
  local echo = spawn(r, { "python3", "-c", ECHO }, { net = net })
  assert.equal("up\n", echo:read("stdout", 0))
  return r, assert(r:bridge({ port = 7000, to = { net = net, port = 7000 } })), echo
end

--- How long an answer takes, in milliseconds.
local function round_trip(stream, text)
  local began = clock.now()
  assert(stream:write(text))
  local got = ""
  while #got < #text do
    local more = assert(stream:read())
    assert.is_true(more ~= "")
    got = got .. more
  end
  assert.equal(text, got)
  return (clock.now() - began) / 1e6
end

describe("a bridge", function()
  it("delays each way, also of connections that are there, and stops doing so", function()
    local r <close>, bridge, echo = bridged()
    local stream <close> = assert(r:dial(7000))
    round_trip(stream, "before")
    assert.equal(0, bridge:shape({ delay_us = 100000 }))
    assert.is_true(round_trip(stream, "during") >= 200)
    assert.equal(2, bridge:shape({ delay_us = 50000000 })) -- a piece on each way
    local slow <close> = task.group()
    local answered = false
    slow:spawn(function()
      round_trip(stream, "under way")
      answered = true
    end)
    task.sleep(50)
    assert.is_false(answered)
    assert.equal(1, bridge:shape({})) -- what waits goes on at once: else this takes a minute
    slow:wait()
    assert.is_true(answered)
    bridge:close()
    echo:close()
  end)

  it("keeps the order of what it delays, and carries all of it", function()
    local r <close>, bridge, echo = bridged()
    assert(bridge:shape({ delay_us = 20000, loss_ppm = 300000, seed = 7 }))
    local stream <close> = assert(r:dial(7000))
    local parts = {}
    for i = 1, 60 do
      parts[i] = ("%04d"):format(i):rep(500)
    end
    round_trip(stream, table.concat(parts))
    assert.is_true(bridge:shape({}) > 0)
    bridge:close()
    echo:close()
  end)

  it("carries so many bytes a second", function()
    local r <close>, bridge, echo = bridged()
    assert(bridge:shape({ bandwidth = 500000 }))
    local stream <close> = assert(r:dial(7000))
    -- 200 kB take 0.4 s on the way there; what comes back does at the same time
    assert.is_true(round_trip(stream, ("x"):rep(200000)) >= 400)
    bridge:close()
    echo:close()
  end)

  it("makes lost pieces late, the same ones with the same seed", function()
    local r <close>, bridge, echo = bridged()
    local function late()
      assert(bridge:shape({ loss_ppm = 500000, seed = 42 }))
      local stream <close> = assert(r:dial(7000))
      local ms = round_trip(stream, "a") + round_trip(stream, "b")
      return bridge:shape({}), ms
    end
    local first, ms = late()
    assert.is_true(first > 0)
    assert.is_true(ms >= 200)
    assert.equal(first, (late()))
    bridge:close()
    echo:close()
  end)

  it("holds what comes, and lets it go on afterwards", function()
    local r <close>, bridge, echo = bridged()
    local stream <close> = assert(r:dial(7000))
    round_trip(stream, "before")
    assert(bridge:shape({ held = true }))
    assert(stream:write("kept"))
    local answer = task.timeout(300, stream.read, stream)
    assert.is_nil(answer)
    local new <close> = assert(r:dial(7000)) -- taken by the kernel, never answered
    assert(new:write("new"))
    assert.is_nil(task.timeout(300, new.read, new))
    assert(bridge:shape({}))
    assert.equal("kept", stream:read())
    assert.equal("new", new:read())
    bridge:close()
    echo:close()
  end)

  it("refuses what is no shape", function()
    local r <close>, bridge, echo = bridged()
    assert.error_matches(function()
      bridge:shape({ loss_ppm = 1000000 })
    end, "loss_ppm")
    assert.error_matches(function()
      bridge:shape({ speed = 1 })
    end, "speed")
    bridge:close()
    assert.error_matches(function()
      bridge:shape({})
    end, "closed")
    assert.is_true(r:status())
    echo:close()
  end)
end)

describe("a full file system", function()
  it("has no byte left until it is given back", function()
    local r <close> = assert(room.open(image))
    local text = "head -c 4096 /dev/zero >/room/x"
    local fill = assert(r:fill("/room", 1 << 23))
    assert.equal(1 << 22, fill:bytes())
    local out, code = sh(r, text)
    assert.is_true(code ~= 0)
    assert.matches("No space left", out)
    assert.equal("x\n", (sh(r, "ls -A /room"))) -- nobody sees what fills it
    fill:close()
    out, code = sh(r, text)
    assert.equal(0, code, out)
  end)

  it("is never a disk of the machine, nor larger than it may be", function()
    local r <close> = assert(room.open(image))
    local none, err = r:fill("/usr", 1 << 40)
    assert.is_nil(none)
    assert.equal("EXDEV", err.code)
    none, err = r:fill("/big", 1 << 20)
    assert.is_nil(none)
    assert.equal("EFBIG", err.code)
    sh(r, "ln -s /big /room/link")
    none, err = r:fill("/room/link", 1 << 30)
    assert.is_nil(none)
    assert.equal("ELOOP", err.code)
  end)
end)
