local cgroup = require("core.cgroup")
local limits = require("engine.policy.limits")

local ALL = { "memory", "pids", "cpu" }

--- Stands for a machine on which no group can be made.
local function without_groups(is_root)
  local detect, root = cgroup.detect, limits.is_root
  cgroup.detect = function()
    local places = {}
    for _, part in ipairs(ALL) do
      places[part] = { why = "there is no " .. part .. " controller" }
    end
    return places
  end
  limits.is_root = function()
    return is_root or false
  end
  finally(function()
    cgroup.detect, limits.is_root = detect, root
  end)
end

describe("the limits of a room", function()
  it("are the smaller of the file's and the policy's, and know whose they are", function()
    assert.is_nil(limits.join(nil, nil))
    assert.is_nil(limits.join({}, { level = "high" }))
    local joined =
      limits.join({ memory_mb = 50, pids = 3 }, { max_memory_mb = 40, max_cpu_usage = 0.5 })
    assert.same({
      memory_mb = 40,
      pids = 3,
      cpu_millicores = 500,
      of = {
        memory_mb = "policy.max_memory_mb",
        pids = "limits.pids",
        cpu_millicores = "policy.max_cpu_usage",
      },
    }, joined)
    assert.equal("limits.memory_mb",
      limits.join({ memory_mb = 40 }, { max_memory_mb = 50 }).of.memory_mb)
  end)

  it("know where each stands", function()
    local file, policy = { line = 2 }, { line = 7 }
    local joined = limits.join({ memory_mb = 50, pids = 3, pos = file },
      { max_memory_mb = 40, pos = policy })
    assert.same({ policy, file },
      { limits.pos(joined, "memory_mb"), limits.pos(joined, "pids") })
  end)

  it("are rlimits where there are no groups, and say so", function()
    without_groups()
    local held = assert(limits.make(limits.join({ memory_mb = 40, pids = 7 })))
    assert.same({ data = 40 << 20, nproc = 7 }, held.rlimits)
    assert.is_nil(held.group)
    assert.equal("memory 40 MiB (rlimit, each process by itself), 7 processes (rlimit)", held.text)
    assert.same({}, limits.met(held))
  end)

  it("are an error where they cannot be enforced", function()
    without_groups()
    local held, err = limits.make(limits.join(nil, { max_cpu_usage = 0.5 }))
    assert.is_nil(held)
    assert.equal("EPOLICY", err.code)
    assert.matches("^policy.max_cpu_usage cannot be enforced here: there is no cpu", err.message)
  end)

  it("of processes do not bind root's rooms without a group", function()
    without_groups(true)
    local held, err = limits.make(limits.join({ pids = 7 }))
    assert.is_nil(held)
    assert.matches("^limits.pids cannot be enforced here", err.message)
  end)

  it("tell what was hit, by whose they are", function()
    local events = { oom_kills = 2, pids_refused = 1 }
    local group = { events = function() return events end }
    local function met(joined)
      local found = {}
      for i, f in ipairs(limits.met({ group = group, wanted = joined })) do
        found[i] = f.verdict .. " " .. f.code
      end
      return found
    end
    assert.same({ "fail H010", "fail H011" }, met(limits.join({ memory_mb = 50, pids = 3 })))
    assert.same({ "policy H008", "fail H011" },
      met(limits.join({ memory_mb = 50, pids = 3 }, { max_memory_mb = 40 })))
    events = { oom_kills = 0, pids_refused = 0 }
    assert.same({}, met(limits.join({ memory_mb = 50 })))
  end)

  it("that cannot be read leave no verdict", function()
    local group = { events = function() return nil, { message = "gone" } end }
    local found = limits.met({ group = group, wanted = limits.join({ memory_mb = 50 }) })
    assert.equal("infra", found[1].verdict)
  end)
end)
