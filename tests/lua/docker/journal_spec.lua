local fs = require("core.fs")
local journal = require("engine.docker.journal")
local lock = require("core.lock")
local proc = require("core.proc")
local task = require("core.task")

local CLNRM = assert(os.getenv("CLNRM"))
local OWNER = { machine = "m", boot = "b", pid_space = "1", uid = 0, pid = 42, start_time = 7 }
local ENDPOINT = { engine = "docker", kind = "unix", base = "http://localhost", socket = "/s",
  origin = "default", name = "unix:///s", fallback = { engine = "docker" } }
local HEAD = journal.head("run1", OWNER, ENDPOINT)

describe("the journal of a run in an engine", function()
  local dir, getenv

  before_each(function()
    dir, getenv = assert(fs.tempdir()), os.getenv
    os.getenv = function(name) -- luacheck: ignore 122
      return name == "XDG_STATE_HOME" and dir or getenv(name)
    end
  end)

  after_each(function()
    os.getenv = getenv -- luacheck: ignore 122
    fs.remove_tree(dir)
  end)

  local function open_of(path)
    local list = {}
    for i, entry in ipairs(assert(journal.read(path)).open) do
      list[i] = entry.kind .. " " .. entry.name
    end
    return list
  end

  it("is for this user alone, locked by its owner, and has its head before its name", function()
    local one = assert(journal.create(HEAD, assert(journal.new_path())))
    assert.equal(dir .. "/clnrm/engines", journal.directory())
    assert.equal(tonumber("700", 8), fs.stat(dir .. "/clnrm/engines").mode)
    assert.equal(tonumber("600", 8), fs.stat(one.path).mode)
    assert.equal("EAGAIN", select(2, lock.try(one.path)).code)
    local text = assert(journal.read(one.path))
    assert.equal("run1", text.head.run)
    assert.same(OWNER, text.head.owner)
    assert.is_nil(text.head.endpoint.fallback)
    assert.same({}, journal.left())
    one:close()
    one:close()
    assert.is_nil(fs.lstat(one.path))
  end)

  it("is forgotten whole, also when it was about to be made", function()
    local path = assert(journal.new_path())
    journal.forget(path)
    local hidden = path:gsub("([^/]+)%.jsonl$", ".new-%1")
    for _, name in ipairs({ path, hidden }) do
      assert(fs.write_atomic(name, "x", { sync = false }))
      journal.forget(path)
      assert.is_nil(fs.lstat(name))
    end
  end)

  it("has what is there, until it is gone", function()
    local one = assert(journal.create(HEAD, assert(journal.new_path())))
    assert(one:note("container", "a"))
    assert(one:note("network", "a"))
    assert(one:note("directory", "/tmp/clnrm-x"))
    assert.same({ "container a", "directory /tmp/clnrm-x", "network a" }, open_of(one.path))
    one:gone("network", "a")
    one:gone("network", "never noted")
    assert.same({ "container a", "directory /tmp/clnrm-x" }, open_of(one.path))
    assert(one:keep("container", "a", 1700000000, "0a1b"))
    local entry = journal.read(one.path).open[1]
    assert.same({ 1700000000, "0a1b" }, { entry.until_s, entry.id })
    assert.is_false(one:is_clear())
    one:close()
    local left = journal.left()
    assert.equal(1, #left)
    assert.equal(one.path, left[1].path)
    assert.equal("EAGAIN", select(2, lock.try(one.path)).code) -- who found it has it
    assert.same({}, journal.left())
    journal.settle(left[1])
    left = journal.left()
    journal.settle(left[1], true)
    assert.same({}, journal.left())
    assert.is_nil(fs.lstat(one.path))
  end)

  it("passes over lines that were cut, and says that it is damaged", function()
    local one = assert(journal.create(HEAD, assert(journal.new_path())))
    assert(one:note("container", "a"))
    assert(fs.append(one.path, '{"make":"contai'))
    one.is_torn = true -- as after a write that failed in the middle
    assert(one:note("container", "b"))
    assert.same({ "container a", "container b" }, open_of(one.path))
    assert.is_true(journal.read(one.path).is_damaged)
    one:gone("container", "a")
    one:gone("container", "b")
    one:close()
  end)

  it("that cannot be read is told of", function()
    local one = assert(journal.create(HEAD, assert(journal.new_path())))
    one:note("container", "a")
    one:close()
    local HEADLESS = '{"schema":"clnrm.engine-journal/1"}\n'
    for _, bytes in ipairs({ "garbage\n", HEADLESS, "[1]\n", "\n" }) do
      assert(fs.write_atomic(one.path, bytes, { sync = false }))
      local left = journal.left()
      assert.equal("ESYNTAX", left[1].err.code, bytes)
      assert.is_nil(left[1].text)
      journal.settle(left[1])
    end
    assert(fs.write_atomic(one.path, "", { sync = false }))
    assert.same({}, journal.left()) -- of a lock that made it anew
    assert.is_nil(fs.lstat(one.path))
  end)

  it("leaves other files alone, and links", function()
    local folder = dir .. "/clnrm/engines"
    assert(fs.mkdir_p(folder))
    assert(fs.write_atomic(dir .. "/target", "x", { sync = false }))
    assert(fs.symlink(folder .. "/ab12.jsonl", dir .. "/target"))
    assert(fs.write_atomic(folder .. "/notes.txt", "x", { sync = false }))
    assert(fs.write_atomic(folder .. "/.new-12ab", "x", { sync = false })) -- on its way
    local left = journal.left()
    assert.equal("ELOOP", left[1].err.code)
    assert.equal(1, #left)
    assert.equal(3, #fs.scandir(folder))
  end)

  it("refuses what is too long, and more than it takes", function()
    local one = assert(journal.create(HEAD, assert(journal.new_path())))
    assert.equal("ELIMIT", select(2, one:note("container", ("x"):rep(5000))).code)
    one.bytes = journal.BYTES_MAX
    local ok, err = one:note("container", "a")
    assert.is_nil(ok)
    assert.equal("ELIMIT", err.code)
    assert.is_true(one:is_clear())
    one:close()
  end)

  it("of a clnrm that ended is free at once", function()
    local script = dir .. "/owner.lua"
    assert(fs.write_atomic(script, [[
      local journal = require("engine.docker.journal")
      local one = assert(journal.create({ schema = journal.SCHEMA, run = "r", owner = { pid = 1 },
        endpoint = { engine = "docker", base = "http://x" } }, assert(journal.new_path())))
      assert(one:note("container", "a"))
      io.open(arg[1], "w"):close()
      require("core.task").sleep(60000)
    ]], { sync = false }))
    local owner <close> = assert(proc.spawn({ argv = { CLNRM, "lua", script, dir .. "/ready" },
      env = { "XDG_STATE_HOME=" .. dir, "CLNRM_LUA_DIR=" .. (getenv("CLNRM_LUA_DIR") or "") } }))
    for _ = 1, 1000 do
      if fs.exists(dir .. "/ready") then
        break
      end
      task.sleep(10)
    end
    assert.same({}, journal.left())
    owner:signal(9)
    owner:wait()
    local left = journal.left()
    assert.equal(1, #left)
    assert.equal("a", left[1].text.open[1].name)
    journal.settle(left[1])
  end)

  it("that a full disk does not take refuses what would be made", function()
    local script = dir .. "/full.lua"
    assert(fs.write_atomic(script, [[
      local journal = require("engine.docker.journal")
      local one = assert(journal.create({ schema = journal.SCHEMA, run = "r", owner = { pid = 1 },
        endpoint = { engine = "docker", base = "http://x" } }, assert(journal.new_path())))
      local noted = 0
      while true do
        local ok, err = one:note("container", "name-" .. noted)
        if not ok then
          print(err.code, err.message)
          break
        end
        noted = noted + 1
      end
      assert(os.remove(arg[1] .. "/filler"))
      assert(one:note("container", "after"))
      one:close()
      local left = journal.left()
      assert(#left == 1 and #left[1].text.open == noted + 1)
      print(noted > 50, left[1].text.open[1].name)
    ]], { sync = false }))
    local state = dir .. "/state"
    assert(fs.mkdir_p(state))
    local process <close> = assert(proc.spawn({
      argv = { "unshare", "-Urm", "sh", "-ec", [[mount -t tmpfs -o size=48k none "$1"
        head -c 16384 /dev/zero > "$1/filler"; exec "$2" lua "$3" "$1"]],
        "sh", state, CLNRM, script },
      env = { "XDG_STATE_HOME=" .. state, "PATH=" .. getenv("PATH"),
        "CLNRM_LUA_DIR=" .. (getenv("CLNRM_LUA_DIR") or "") },
    }))
    local result = assert(process:wait())
    if process:stderr():find("unshare: ", 1, true) then
      return pending("no namespaces of our own on this machine")
    end
    assert.equal(0, result.code, process:stderr())
    assert.matches("^ENOSPC\tthe container is not made: it cannot be noted in .*\ntrue\tafter\n$",
      (process:stdout()))
  end)
end)
