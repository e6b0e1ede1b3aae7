--- Whose a thing in an engine is, and whether its maker lives.
local fs = require("core.fs")
local json = require("core.json")
local labels = require("engine.docker.labels")
local proc = require("core.proc")

local function copy(t, changes)
  local out = {}
  for key, value in pairs(t) do
    out[key] = value
  end
  for key, value in pairs(changes or {}) do
    out[key] = value or nil
  end
  return out
end

describe("engine.docker.labels", function()
  local owner, mine

  before_each(function()
    owner = assert(labels.owner())
    owner.machine = owner.machine or "a machine" -- one without an id has a test of its own
    mine = labels.of("run-1", owner)
  end)

  it("are texts that name the run, the process, its boot and its machine", function()
    for name, value in pairs(mine) do
      assert.matches("^clnrm%.[a-z-]+$", name)
      assert.is_string(value)
    end
    assert.equal("run-1", mine["clnrm.run"])
    assert.equal(require("core.version").number(), mine["clnrm.version"])
    assert.equal(proc.start_time(tonumber(mine["clnrm.pid"])), tonumber(mine["clnrm.start-time"]))
    assert.matches("^%x+%-%x+%-", mine["clnrm.boot"])
  end)

  it("do not tell the machine's id to the engine", function()
    local file = io.open("/etc/machine-id")
    local id = file and file:read("l") or "none"
    if file then
      file:close()
    end
    for _, value in pairs(labels.of("r", assert(labels.owner()))) do
      assert.is_nil(value:find(id, 1, true))
    end
  end)

  it("say that this process lives", function()
    assert.is_true(labels.is_owner_alive(mine, owner))
  end)

  it("say that a process is dead once it is, and one with its number is another", function()
    local process <close> = assert(proc.spawn({ argv = { "sleep", "60" } }))
    local pid = process:pid()
    local other = copy(owner, { pid = pid, start_time = assert(proc.start_time(pid)) })
    local theirs = labels.of("run-2", other)
    assert.is_true(labels.is_owner_alive(theirs, owner))
    assert.is_false(labels.is_owner_alive(copy(theirs,
      { ["clnrm.start-time"] = tostring(other.start_time - 1) }), owner))
    assert(process:signal(9))
    assert(process:wait())
    assert.is_false(labels.is_owner_alive(theirs, owner))
  end)

  it("know process 1 by its start", function()
    local file = assert(io.open("/proc/1/stat"))
    local fields = {}
    for field in file:read("a"):match("%) (.*)$"):gmatch("%S+") do
      fields[#fields + 1] = field
    end
    file:close()
    local first = copy(mine, { ["clnrm.pid"] = "1", ["clnrm.start-time"] = fields[20] })
    assert.is_true(labels.is_owner_alive(first, owner))
    first["clnrm.start-time"] = tostring(tonumber(fields[20]) + 1)
    assert.is_false(labels.is_owner_alive(first, owner))
  end)

  it("say that what another boot of this machine made is dead", function()
    assert.is_false(labels.is_owner_alive(copy(mine, { ["clnrm.boot"] = ("0"):rep(36) }), owner))
  end)

  it("say nothing of what somebody else made", function()
    local pid_max = { ["clnrm.pid"] = "4194305" } -- a process that cannot be: dead, were it ours
    assert.is_false(labels.is_owner_alive(copy(mine, pid_max), owner))
    for words, change in pairs({
      ["another machine"] = { ["clnrm.machine"] = "other" },
      ["another pid namespace"] = { ["clnrm.pid-space"] = "1" },
      ["did not make it"] = { ["clnrm.run"] = false },
      ["no boot"] = { ["clnrm.boot"] = false },
      ["no process"] = { ["clnrm.pid"] = "x" },
    }) do
      local alive, why = labels.is_owner_alive(copy(copy(mine, pid_max), change), owner)
      assert.is_nil(alive, words)
      assert.matches(words, why)
    end
    local user = copy(owner, { uid = 4711 })
    assert.matches("another user", select(2, labels.is_owner_alive(copy(mine, pid_max), user)))
    for _, field in ipairs({ "machine", "boot", "pid_space" }) do
      local unknown = copy(owner, { [field] = false })
      assert.is_nil((labels.is_owner_alive(copy(mine, pid_max), unknown)), field)
      assert.is_nil((labels.is_owner_alive(labels.of("r", unknown), owner)), field)
    end
    -- another boot on another machine: its clone, or a shared engine
    assert.is_nil((labels.is_owner_alive(copy(mine,
      { ["clnrm.machine"] = "other", ["clnrm.boot"] = ("0"):rep(36) }), owner)))
  end)

  it("say nothing of a process in another pid namespace, which has a its own number", function()
    local program = assert(fs.readlink("/proc/self/exe"))
    local dir = assert(fs.tempdir())
    local script = dir .. "/owner.lua"
    assert(fs.write_atomic(script, [[
      io.write(require("core.json").encode(assert(require("engine.docker.labels").owner())))]]))
    local argv = { "unshare", "-Urpf", "--mount-proc", program, "lua", script }
    local process <close> = assert(proc.spawn({ argv = argv }))
    local result = assert(process:wait())
    assert(fs.remove_tree(dir))
    if result.code ~= 0 and process:stderr():find("unshare") then
      pending("no user namespaces here: " .. process:stderr())
    end
    local inside = assert(json.decode((process:stdout())))
    assert.equal(1, inside.pid) -- as in a container; there it is alive for itself
    assert.equal(owner.boot, inside.boot)
    inside.machine = owner.machine
    local alive, why = labels.is_owner_alive(labels.of("r", inside), owner)
    assert.is_nil(alive)
    assert.matches("another pid namespace", why)
  end)

  it("are of one run of one owner, as far as they say so", function()
    assert.is_true(labels.is_by(mine, "run-1", owner))
    assert.is_false(labels.is_by(mine, "run-2", owner))
    assert.is_true(labels.is_by({ ["clnrm.run"] = "run-1" }, "run-1", owner))
    assert.is_false(labels.is_by({}, "run-1", owner))
    assert.is_false(labels.is_by(nil, "run-1", owner))
    for name in pairs(mine) do
      local is_told = name == "clnrm.version"
      assert.equal(is_told, labels.is_by(copy(mine, { [name] = "1234567" }), "run-1", owner), name)
    end
    assert.is_false(labels.is_of_other_user(mine, owner))
    assert.is_true(labels.is_of_other_user(mine, { uid = owner.uid + 1 }))
    assert.is_false(labels.is_of_other_user(copy(mine, { ["clnrm.uid"] = "x" }), owner))
  end)

  it("bear whatever an engine tells", function()
    for _, value in ipairs({ "", "-1", "0", "1", "1e3", "0x1", "99999999999999999999",
      ("9"):rep(1e5), 7, true, {} }) do
      for name in pairs(mine) do
        local alive = labels.is_owner_alive(copy(mine, { [name] = value }), owner)
        local is_told = name == "clnrm.version" or name == "clnrm.run"
          or name == "clnrm.pid" and value == "1"
          or tostring(value):match("^%d+$") and (name == "clnrm.start-time" or name == "clnrm.uid")
        assert.is_true(is_told or alive == nil, name .. "=" .. tostring(value):sub(1, 20))
      end
    end
    assert.is_nil((labels.is_owner_alive({}, owner)))
    for _, value in ipairs({ 7, true, "x" }) do
      assert.is_false(labels.is_ours(value))
    end
    assert.is_false(labels.is_ours(nil))
    assert.is_false(labels.is_ours({ ["clnrm.pid"] = "1" }))
    assert.is_true(labels.is_ours(mine))
  end)
end)
