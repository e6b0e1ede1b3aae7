--- What an agent watches for in a room that others made: who tried what, by each command's filter.
local fs = require("core.fs")
local proc = require("core.proc")
local room = require("core.room")

local KEY = ("0123456789abcdef"):rep(4)

describe("core.room.attach with a guard", function()
  local top, agent, process, r

  setup(function()
    top = assert(fs.tempdir())
    assert(fs.chmod(top, 493)) -- 0755
    agent = assert(room.agent_file(top))
  end)

  teardown(function()
    assert(fs.remove_tree(top))
  end)

  after_each(function()
    r:close()
    process:close()
  end)

  --- Starts an agent that watches.
  local function join(guard, watch)
    assert(fs.write_atomic(top .. "/k", KEY))
    process = assert(proc.spawn({ argv = { agent, "serve", top .. "/s", top .. "/k", "20" } }))
    local image = assert(room.guest({ filters = { assert(room.filter(watch)) }, guard = guard }))
    r = assert(room.attach({ path = top .. "/s", key = KEY, image = image }))
  end

  local function run(text, more)
    local spec = { argv = { "sh", "-c", text }, env = { "PATH=/usr/bin:/bin" }, filter = 0 }
    for key, value in pairs(more or {}) do
      spec[key] = value
    end
    local command = assert(r:spawn(spec))
    return assert(command:wait()), command
  end

  it("refuses a command by its name, whoever runs it, and tells of whose step it was", function()
    join({ commands = { "od" } }, { watch_commands = true })
    local none, err = r:spawn({ argv = { "od" }, env = { "PATH=/usr/bin" }, filter = 0 })
    assert.is_nil(none)
    assert.equal("EACCES", err.code)
    run("true")
    local result, command = run("od -c /dev/null; ln -s /usr/bin/od " .. top .. "/x; "
      .. top .. "/x; rm " .. top .. "/x; exit 5")
    assert.equal(5, result.code)
    local reports = r:reports()
    assert.equal(3, #reports)
    assert.equal("od", reports[1].what)
    assert.equal("od -c /dev/null", reports[2].what)
    assert.equal(command:id(), reports[2].step)
    assert.equal("sh", reports[2].name)
    assert.equal(top .. "/x", reports[3].what)
    assert.equal(0, (run("true | cat")).code)
  end)

  it("looks into the processes of another user as that user", function()
    local status = assert(io.open("/proc/self/status")):read("a")
    if not status:match("\nUid:%s*0") then
      pending("only root can start commands as others")
      return
    end
    join({ commands = { "od" } }, { watch_commands = true })
    local result, command = run("od -c /dev/null; sh -c 'od 2'; cat /proc/self/status >/dev/null",
      { user = "4711:815" })
    assert.equal(0, result.code, command:stderr())
    local reports = r:reports()
    assert.same({ "od -c /dev/null", "od 2" }, { reports[1].what, reports[2].what })
    assert.equal(0, (run("touch " .. top .. "/own && rm " .. top .. "/own")).code)
  end)
end)
