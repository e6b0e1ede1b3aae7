local requires = require("engine.requires")

local ALL = {
  net = "own namespace, loopback only",
  fs = "own namespace, allow-list read-only",
  pid = "own namespace",
  user = "own namespace, uid 1000",
  limits = "rlimits",
  clock = "host",
}

local function backend(fields, name)
  local isolation = {}
  for key, value in pairs(ALL) do
    isolation[key] = value
  end
  for key, value in pairs(fields or {}) do
    isolation[key] = value or nil
  end
  return { name = name or "sandbox", isolation = function() return isolation end }
end

describe("engine.requires", function()
  it("is met where nothing is required", function()
    assert.is_nil(requires.unmet(nil, backend()))
    assert.is_nil(requires.unmet({}, backend()))
  end)

  it("decides each part of the isolation by what rooms really have", function()
    for name, part in pairs({
      ["net-isolation"] = "net", ["fs-isolation"] = "fs", ["pid-isolation"] = "pid",
      ["user-isolation"] = "user",
    }) do
      assert.is_nil(requires.unmet({ name }, backend()), name)
      for _, told in ipairs({ "host", "", false }) do
        local why = requires.unmet({ name }, backend({ [part] = told }))
        assert.matches("^it requires " .. name:gsub("%-", "%%-") .. ": ", why)
      end
    end
    assert.matches("clock of the machine", requires.unmet({ "clock-isolation" }, backend()))
    assert.is_nil(requires.unmet({ "clock-isolation" }, backend({ clock = "own" })))
  end)

  it("is not met by a service that has the machine's", function()
    local docker = backend(nil, "docker")
    for name, service in pairs({
      ["net-isolation"] = { network = "host" }, ["pid-isolation"] = { rights = { pid = "host" } },
      ["fs-isolation"] = { rights = { devices = {} } },
      ["user-isolation"] = { rights = { privileged = true } },
    }) do
      service.name = "web"
      local why = requires.unmet({ name }, docker, { { name = "plain" }, service })
      assert.matches("^it requires " .. name:gsub("%-", "%%-") .. ": service 'web' ", why)
      assert.is_nil(requires.unmet({ name }, docker, { { name = "plain" } }))
    end
    assert.matches("a way out", requires.unmet({ "net-isolation" }, docker,
      { { name = "out", has_way_out = true } }))
  end)

  it("decides limits by the groups of this machine", function()
    local cgroup = require("core.cgroup")
    local detect = cgroup.detect
    local found = { memory = { version = 2 }, pids = { why = "read-only" }, cpu = {} }
    package.loaded["core.cgroup"] = { detect = function() return found end }
    local memory = requires.unmet({ "memory-limit" }, backend())
    local pids = requires.unmet({ "memory-limit", "pids-limit" }, backend())
    local cpu = requires.unmet({ "cpu-limit" }, backend())
    package.loaded["core.cgroup"] = cgroup
    assert.equal(detect, cgroup.detect)
    assert.is_nil(memory)
    assert.matches("requires pids%-limit: .*read%-only", pids)
    assert.matches("requires cpu%-limit: .*none was found", cpu)
  end)

  it("knows by which backend rooms are made", function()
    assert.is_nil(requires.unmet({ "sandbox" }, backend()))
    assert.is_nil(requires.unmet({ "docker" }, backend(nil, "docker")))
    assert.matches("requires docker: rooms are made by the sandbox",
      requires.unmet({ "sandbox", "docker" }, backend()))
    assert.matches("requires sandbox", requires.unmet({ "sandbox" }, backend(nil, "docker")))
  end)

  it("has a meaning for each name, and says which was meant", function()
    local root = os.getenv("CLNRM_ROOT") or "."
    local page = assert(require("core.fs").read(root .. "/docs/isolation.md"))
    for i, entry in ipairs(requires.list) do
      assert.is_string(entry.text)
      assert.equal(entry.name, requires.names[i])
      assert.is_nil(requires.problem(entry.name))
      assert.matches(("| `%s` | %s |"):format(entry.name, entry.text), page, 1, true)
    end
    local problem, help = requires.problem("memory-limits")
    assert.matches('"memory%-limits" is nothing', problem)
    assert.equal('did you mean "memory-limit"?', help)
    assert.matches("known are net%-isolation", select(2, requires.problem("gpu")))
    assert.is_string(requires.problem(5))
  end)
end)
