local fs = require("core.fs")
local labels = require("engine.docker.labels")
local remains_of = require("engine.docker.remains")

local OWNER = { machine = "m", boot = "b", pid_space = "1", uid = 0, pid = 42, start_time = 7 }
local HEAD = { run = "run1", owner = OWNER }

local function thing(id, changes)
  local list = labels.of("run1", OWNER)
  for name, value in pairs(changes or {}) do
    list[name] = value or nil
  end
  return { kind = "container", id = id, name = id, labels = list }
end

describe("what remains of a run", function()
  it("is what has its labels and none of somebody else", function()
    local remains = remains_of.new(HEAD)
    assert.equal("left", remains:judge(thing("a")))
    for name, value in pairs({ ["clnrm.run"] = "run2", ["clnrm.machine"] = "other",
      ["clnrm.boot"] = "c", ["clnrm.pid-space"] = "2", ["clnrm.pid"] = "43", ["clnrm.uid"] = "1",
      ["clnrm.start-time"] = "8" }) do
      assert.equal("other", remains:judge(thing("a", { [name] = value })), name)
    end
    local bare = { kind = "container", id = "a", name = "run1", labels = {} }
    assert.equal("other", remains:judge(bare))
    -- a label that is not there says nothing
    assert.equal("left", remains:judge(thing("a", { ["clnrm.machine"] = false })))
    local nameless = remains_of.new({ run = "run1", owner = { pid = 42, start_time = 7 } })
    assert.equal("other", nameless:judge(thing("a")))
  end)

  it("is complete when all that was announced was seen, by name or by label", function()
    local remains = remains_of.new(HEAD, {
      { kind = "container", name = "a" }, { kind = "container", name = "unique" },
      { kind = "directory", name = "/tmp/clnrm-none" },
    })
    assert.is_false(remains:is_complete())
    remains:judge(thing("a"))
    remains:judge({
      kind = "network", id = "unique", name = "unique", labels = labels.of("run1", OWNER),
    })
    remains:judge({ kind = "container", id = "unique", name = "unique", labels = {} })
    assert.is_false(remains:is_complete())
    remains:judge(thing("x", { ["clnrm.thing"] = "unique" }))
    assert.is_true(remains:is_complete())
  end)

  it("is left alone while it is kept", function()
    local soon = os.time() + 1000
    local remains = remains_of.new(HEAD, {
      { kind = "container", name = "a", until_s = soon },
      { kind = "container", name = "b", until_s = os.time() - 1 },
      { kind = "network", name = "n", until_s = soon - 1 },
    })
    local what, until_s = remains:judge(thing("a"))
    assert.equal("kept", what)
    assert.equal(soon, until_s)
    assert.equal("left", remains:judge(thing("b")))
    assert.equal("left", remains:judge(thing("a"), true))
    assert.equal(soon, remains:kept_until())
    local over = { kind = "container", name = "b", until_s = 5 }
    assert.is_nil(remains_of.new(HEAD, { over }):kept_until())
  end)

  it("has folders that clnrm made, and no others", function()
    local base = assert(fs.realpath(assert(fs.tempdir({ prefix = "spec-" }))))
    local function folder(name)
      assert(fs.mkdir_p(base .. "/" .. name))
      return { kind = "directory", name = base .. "/" .. name }
    end
    local own, kept, other = folder("clnrm-1"), folder("clnrm-2"), folder("project")
    kept.until_s = os.time() + 1000
    assert(fs.write_atomic(own.name .. "/socket", "x", { sync = false }))
    assert(fs.symlink(base .. "/clnrm-link", other.name))
    local remains = remains_of.new(HEAD, { own, kept, other,
      { kind = "directory", name = base .. "/clnrm-link" },
      { kind = "directory", name = base .. "/clnrm-2/../project" },
      { kind = "directory", name = "clnrm-1" },
      { kind = "container", name = other.name } })
    assert.same({ own.name }, (remains:remove_folders()))
    assert.same({ kept.name }, (remains:remove_folders(true)))
    assert.is_true(fs.exists(other.name))
    assert.is_true(fs.exists(base .. "/clnrm-link"))
    fs.remove_tree(base)
  end)

  it("is known to be of this machine by the kernel, or by the machine's name", function()
    local self = { machine = "m", boot = "b" }
    assert.is_true(remains_of.is_of_this_machine({ boot = "b" }, self))
    assert.is_true(remains_of.is_of_this_machine({ boot = "old", machine = "m" }, self))
    assert.is_false(remains_of.is_of_this_machine({ boot = "old", machine = "x" }, self))
    assert.is_false(remains_of.is_of_this_machine({ boot = "old" }, { boot = "b" }))
    assert.is_false(remains_of.is_of_this_machine({}, {}))
  end)
end)
