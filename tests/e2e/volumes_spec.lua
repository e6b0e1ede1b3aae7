--- Volumes and files of services, as what is in a room can attack them: a folder of the project
--- that a service may write to must lead nobody out of the project, also not a later room.
local support = dofile("tests/e2e/support.lua")

local run = support.run

-- Rooms are opened ahead: so many scenarios lie between the attack and the one that it is for.
local FILLERS = 6

local HEAD = [=[
[meta]
name = "attack"
[services.attacker]
command = ["sleep", "60"]
volumes = ["data:/data"]
]=]

local function scenario(name, command, service)
  return ('[[scenario]]\nname = "%s"\nservice = "%s"\nrun = %q\n'):format(
    name, service or "attacker", command)
end

local function file_text(victim, attack, look)
  local parts = { HEAD, victim, scenario("attack", attack) }
  for i = 1, FILLERS do
    parts[#parts + 1] = scenario("filler " .. i, "true")
  end
  parts[#parts + 1] = scenario("look", look, "victim")
  return table.concat(parts)
end

describe("a link that a room puts into the project", function()
  local top, dir

  before_each(function()
    top = support.tempdir()
    dir = top .. "/project"
    support.write(top .. "/outside/key", "hidden")
    support.write(dir .. "/data/sub/key", "shown")
  end)

  after_each(function()
    support.remove(top)
  end)

  --- Runs a file whose last scenario reads what the first one has put a link to.
  local function attacked(victim, attack, look)
    support.write(dir .. "/a.clnrm.toml", file_text(victim, attack, look))
    local got = run({ "run", "-j", "1" }, { cwd = dir })
    assert.matches("PASS[^\n]*attack › attack", (got.out:gsub("a.clnrm.toml", "attack")))
    assert.is_nil(got.out:find("hidden", 1, true), got.out)
    return got
  end

  it("does not show the host's files as a volume of a later room", function()
    local victim = '[services.victim]\ncommand = ["sleep", "60"]\nvolumes = ["data/sub:/sub:ro"]\n'
    local swap = ("rm -r /data/sub && ln -s %s/outside /data/sub"):format(top)
    local got = attacked(victim, swap, "cat /sub/key")
    assert.equal(2, got.code)
    assert.matches("ERROR[^\n]*look", got.out)
    assert.matches("data/sub was to be shown at /sub, and it leads to " .. top .. "/outside now",
      got.out)
  end)

  it("nor as a file that is placed", function()
    local victim = '[services.victim]\ncommand = ["sleep", "60"]\n'
      .. 'files = { path = "key", from = "data/sub/key" }\n'
    for _, target in ipairs({ "/data/sub/key", "/data/sub" }) do
      support.write(dir .. "/data/sub/key", "shown")
      local away = top .. "/outside" .. (target:match("/key$") or "")
      local swap = ("rm -r %s && ln -s %s %s"):format(target, away, target)
      local got = attacked(victim, swap, "cat key")
      assert.equal(2, got.code)
      assert.matches("ERROR[^\n]*look", got.out)
      assert.matches("data/sub/key was to be shown at /[%w/]*key, and it leads to " .. top
        .. "/outside/key now", got.out)
      support.remove(dir .. "/data/sub")
    end
  end)

  it("nor as the project of another test file", function()
    support.write(dir .. "/data/sub/clnrm.toml", '[project]\nname = "inner"\n')
    support.write(dir .. "/data/sub/z.clnrm.toml",
      '[meta]\nname = "inner"\n[[steps]]\nname = "look"\ncommand = "cat /project/key; exit 1"\n')
    local swap = ("rm -r /data/sub && ln -s %s/outside /data/sub"):format(top)
    local text = file_text("", swap, "true"):gsub('"victim"', '"attacker"')
    support.write(dir .. "/a.clnrm.toml", text)
    local got = run({ "run", "-j", "1", "a.clnrm.toml", "data/sub/z.clnrm.toml" }, { cwd = dir })
    assert.is_nil(got.out:find("hidden", 1, true), got.out)
    assert.equal(2, got.code)
    assert.matches("ERROR[^\n]*z.clnrm.toml", got.out)
    assert.matches("data/sub was to be shown at /project, and it leads to " .. top
      .. "/outside now", got.out)
  end)
end)

describe("a folder of the project that a service may write to", function()
  it("gets no program that runs with the rights of whoever ran clnrm", function()
    local dir = support.tempdir()
    support.write(dir .. "/data/file", "x")
    local attack = "cp /usr/bin/id /data/id; chmod 4755 /data/id; test -x /data/id -a ! -u /data/id"
    support.write(dir .. "/a.clnrm.toml", HEAD .. scenario("attack", attack))
    local got = run({ "run" }, { cwd = dir })
    assert.equal(0, got.code, got.out)
    support.remove(dir)
  end)
end)
