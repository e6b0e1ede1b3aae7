--- What a policy costs: a room, a step and many steps at each level, and scenarios side by side.
local compare = require("compare")

local clnrm = assert(os.getenv("CLNRM"))
local STEPS = 50

local dir = compare.directory("policy")
local POLICIES = {
  { name = "none", head = "" },
  { name = "low", head = 'policy = { security_level = "low" }\n' },
  { name = "medium", head = 'policy = { security_level = "medium" }\n' },
  { name = "high", head = 'policy = { security_level = "high", max_memory_mb = 512 }\n' },
  { name = "commands", head = 'policy = { disallowed_commands = ["curl", "wget"] }\n' },
  { name = "limits", head = "", limits = "[limits]\nmemory_mb = 512\npids = 100\n" },
}

local function scenario(policy, name, steps)
  local parts = { ("[[scenario]]\nname = %q\n%s"):format(name, policy.head) }
  for i = 1, steps do
    local step = ('name = "s%d"\ncommand = ["/usr/bin/true"]\n'):format(i)
    parts[#parts + 1] = "[[scenario.steps]]\n" .. step
  end
  return table.concat(parts)
end

local function file(policy, kind, scenarios, steps)
  local parts = { '[meta]\nname = "policy"\n', policy.limits or "" }
  for i = 1, scenarios do
    parts[#parts + 1] = scenario(policy, "n" .. i, steps)
  end
  local path = ("%s/%s_%s.clnrm.toml"):format(dir, policy.name, kind)
  compare.write(path, table.concat(parts))
  return path
end

local function run(path, more)
  return compare.command(1, ("%s run %s %s"):format(clnrm, more or "", path))
end

local function cases(kind, scenarios, steps)
  local list = {}
  for i, policy in ipairs(POLICIES) do
    list[i] = { name = policy.name, measure = run(file(policy, kind, scenarios, steps), "-j 1") }
  end
  return list
end

compare.run({
  name = "policy_room",
  title = "a scenario of one step of `true` under each policy; whole process",
  rounds = 40,
  cases = cases("room", 1, 1),
})
compare.run({
  name = "policy_steps",
  title = ("%d steps of `true` in one room under each policy; whole process"):format(STEPS),
  rounds = 20,
  cases = cases("steps", 1, STEPS),
})

local many = {}
for i, count in ipairs({ 1, 2, 5, 10, 25, 50 }) do
  local path = ("%s/many_%d.clnrm.toml"):format(dir, count)
  local parts = { '[meta]\nname = "many"\n' }
  for k = 1, 50 do
    parts[#parts + 1] = ('[[scenario]]\nname = "n%d"\nrun = ["/usr/bin/true"]\n'):format(k)
  end
  compare.write(path, table.concat(parts))
  many[i] = { name = count .. " at once", measure = run(path, "-j " .. count) }
end
compare.run({
  name = "policy_concurrency",
  title = "50 scenarios of one step, so many at once; whole process",
  rounds = 10,
  cases = many,
})
