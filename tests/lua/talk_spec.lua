local fs = require("core.fs")
local proc = require("core.proc")
local talk = require("core.talk")
local task = require("core.task")

local LINE_MAX, UNSENT_MAX = 1 << 20, 2 << 20

describe("core.talk", function()
  local dir, path
  before_each(function()
    dir = assert(fs.tempdir())
    path = dir .. "/s"
  end)
  after_each(function()
    fs.remove_tree(dir)
  end)

  --- Both ends of one connection, and the door.
  local function pair()
    local door = assert(talk.listen(path))
    local client = assert(talk.connect(path))
    local server = assert(door:next())
    local both = { door = door, client = client, server = server }
    return setmetatable(both, { __close = function()
      door:close()
      client:close()
      server:close()
    end })
  end

  it("carries lines both ways, in their order, whatever is in them", function()
    local both <close> = pair()
    local door, client, server = both.door, both.client, both.server
    assert.equal(384, fs.stat(path).mode & 511) -- 0600
    for _, line in ipairs({ "one", "", "a\0b\r\xff" }) do
      assert(client:write(line))
      assert(server:write(line .. "!"))
    end
    for _, line in ipairs({ "one", "", "a\0b\r\xff" }) do
      assert.equal(line, (assert(server:read())))
      assert.equal(line .. "!", (assert(client:read())))
    end
    assert.has_error(function()
      client:write("two\nlines")
    end)
    assert(door)
  end)

  it("gives what was written before the other side went, then ECLOSED", function()
    local both <close> = pair()
    local client, server = both.client, both.server
    assert(client:write("last"))
    assert(client:flush())
    client:close()
    assert.equal("last", (assert(server:read())))
    local _, err = task.timeout(60000, server.read, server) -- it keeps no loop alive by itself
    assert.equal("ECLOSED", err.code)
    assert.equal("ECLOSED", select(2, server:write("x")).code)
    assert.equal("ECLOSED", select(2, server:flush()).code)
    assert.equal(0, server:unsent())
  end)

  it("wakes who reads when the door or the connection is closed", function()
    local both <close> = pair()
    local door, client, server = both.door, both.client, both.server
    local seen = {}
    local waits = {
      task.spawn(function()
        seen[1] = select(2, door:next()).code
      end),
      task.spawn(function()
        seen[2] = select(2, client:read()).code
      end),
    }
    task.yield()
    door:close()
    client:close()
    for _, one in ipairs(waits) do
      one:join()
    end
    assert.same({ "ECANCELED", "ECANCELED" }, seen)
    assert.is_false(fs.exists(path))
    local _, err = talk.connect(path)
    assert.equal("ENOENT", err.code)
    _, err = task.timeout(60000, server.read, server)
    assert.equal("ECLOSED", err.code)
  end)

  it("carries a line of 1 MiB, and reads nothing of a longer one", function()
    local both <close> = pair()
    local client, server = both.client, both.server
    local longest = ("x"):rep(LINE_MAX)
    assert(client:write(longest))
    assert.is_true(longest == server:read())
    assert(client:write(longest .. "y"))
    assert(client:write("behind"))
    assert.equal("ELIMIT", select(2, server:read()).code)
    assert.equal("ELIMIT", select(2, server:read()).code)
    assert(task.timeout(60000, client.flush, client)) -- and who writes does not wait for ever
  end)

  it("holds no more than 2 MiB for one who does not read, and goes on when he does", function()
    local both <close> = pair()
    local client, server = both.client, both.server
    local line, count = ("x"):rep(9999), 0
    while server:write(line) do
      count = count + 1
      task.yield()
      assert.is_true(server:unsent() <= UNSENT_MAX)
      assert.is_true(count < 100000, "it has no bound")
    end
    assert.equal("ELIMIT", select(2, server:write(line)).code)
    assert.equal("ETIMEDOUT", select(2, task.timeout(20, server.flush, server)).code)
    for _ = 1, count do
      assert.is_true(line == client:read())
    end
    assert(server:flush())
    assert(server:write("again"))
    assert.equal("again", (assert(client:read())))
  end)

  it("holds no more of one who writes than is read", function()
    local both <close> = pair()
    local client, server = both.client, both.server
    local line, written = ("x"):rep(99999), 0
    for _ = 1, 200 do
      written = written + (client:write(line) and 1 or 0)
      task.sleep(0)
    end
    assert.is_true(written < 100, "all was taken in: " .. written)
    for _ = 1, written do
      assert.is_true(line == server:read())
    end
  end)

  it("replaces a socket whose program is gone, and nothing else", function()
    local door <close> = assert(talk.listen(path))
    assert.equal("EADDRINUSE", select(2, talk.listen(path)).code)
    door:close()
    local made <close> = assert(proc.spawn({ argv = { "python3", "-c",
      "import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])", path } }))
    assert.equal(0, assert(made:wait()).code, made:stderr())
    assert.equal("ECONNREFUSED", select(2, talk.connect(path)).code)
    local again <close> = assert(talk.listen(path))
    again:close()
    fs.write_atomic(path, "kept")
    assert.equal("EADDRINUSE", select(2, talk.listen(path)).code)
    assert.equal("kept", fs.read(path))
    assert.equal("ENAMETOOLONG", select(2, talk.listen(dir .. "/" .. ("x"):rep(108))).code)
    assert.equal("ENOENT", select(2, talk.listen(dir .. "/no/s")).code)
    assert.has_error(function()
      talk.listen(dir .. "/a\0b")
    end)
  end)

  it("leaves a socket alone that another has put in its place", function()
    local door <close> = assert(talk.listen(path))
    assert(os.remove(path))
    local other <close> = assert(talk.listen(path))
    door:close()
    assert(talk.connect(path)):close()
    other:close()
    assert.is_false(fs.exists(path))
  end)

  it("turns another user away, whatever the rights of the file are", function()
    if fs.stat("/proc/self").uid ~= 0 then
      pending("only root can be another user")
      return
    end
    local door <close> = assert(talk.listen(path))
    local shell = ("chmod 755 %s; chmod 666 %s"):format(dir, path)
    assert(os.execute(shell))
    local other <close> = assert(proc.spawn({ argv = { "python3", "-c", [[
import os, socket, sys
os.setuid(65534)
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
print("got", s.recv(10))]], path } }))
    local next_one = task.spawn(function()
      return door:next()
    end)
    assert.equal(0, assert(task.timeout(60000, other.wait, other)).code, other:stderr())
    assert.equal("got b''\n", other:stdout())
    local client <close> = assert(talk.connect(path))
    local server <close> = assert(next_one:join()) -- the first that was taken is ours
    assert(client:write("me"))
    assert.equal("me", (assert(server:read())))
  end)

  it("takes part in no one else's place", function()
    if fs.stat("/proc/self").uid ~= 0 then
      pending("only root can be another user")
      return
    end
    assert(os.execute("chmod 777 " .. dir))
    local other <close> = assert(proc.spawn({ argv = { "python3", "-c", [[
import os, socket, sys
os.setuid(65534)
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen(1)
print("ready", flush=True)
s.accept()[0].recv(1)]], path } }))
    while other:stdout() == "" do
      task.sleep(1)
    end
    assert.equal("EPERM", select(2, talk.connect(path)).code)
  end)
end)
