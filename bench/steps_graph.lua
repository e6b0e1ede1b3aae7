--- Steps that overlap against the same steps in order, and what a step more costs in one room.
local compare = require("compare")
local json = require("core.json")

local clnrm = assert(os.getenv("CLNRM"))
local STEPS, RUNS = 24, 3

local dir = compare.directory("steps_graph")

--- Writes a file of one scenario; `key` goes into it, `command` is what each step runs.
local function write(name, count, command, key)
  local text = { '[meta]\nname = "bench"\n[[scenario]]\nname = "all"\n' .. (key or "") }
  for i = 1, count do
    text[#text + 1] = ('[[scenario.steps]]\nname = "s%d"\ncommand = %s\n'):format(i, command)
  end
  compare.write(("%s/%s.clnrm.toml"):format(dir, name), table.concat(text, "\n"))
end

--- Measures the scenario of a file as its event tells: from its first step to behind its last,
--- without the start of the program and of the room.
local function scenario(name)
  return function()
    local samples = {}
    for i = 1, RUNS do
      local pipe = assert(io.popen(("%s run -f events %s/%s.clnrm.toml"):format(clnrm, dir, name)))
      for line in pipe:lines() do
        local event = json.decode(line)
        if event.event == "scenario_end" then
          assert(event.verdict == "pass", event.verdict)
          samples[i] = math.floor(event.duration_ms * 1e6)
        end
      end
      assert(pipe:close() and samples[i], name)
    end
    return samples, 0
  end
end

local SLEEP, TRUE = '["sleep", "0.02"]', '["/usr/bin/true"]'

write("serial", STEPS, SLEEP)
write("four", STEPS, SLEEP, "concurrent = 4\n")
write("sixteen", STEPS, SLEEP, "concurrent = true\n")
for _, count in ipairs({ 2, 10, 50 }) do
  write("in_order_" .. count, count, TRUE)
  write("overlapping_" .. count, count, TRUE, "concurrent = 4\n")
end

compare.run({
  name = "steps_graph",
  title = ("%d independent steps of `sleep 0.02` in one room; "
    .. "xargs runs them without any room"):format(STEPS),
  rounds = 7,
  cases = {
    { name = "in order", measure = scenario("serial") },
    { name = "4 at once", measure = scenario("four"), goal = "ratio 0.25 at best" },
    { name = "16 at once", measure = scenario("sixteen") },
    {
      name = "xargs -P4 sleep 0.02, no room",
      measure = compare.command(1, ("sh -c 'yes 0.02 | head -%d | xargs -n1 -P4 sleep'"):format(
        STEPS)),
    },
  },
})

for _, count in ipairs({ 1, 10, 50 }) do
  write("tasks_" .. count, count, SLEEP, ("concurrent = %d\n"):format(count))
end

compare.run({
  name = "steps_tasks",
  title = "so many steps of `sleep 0.02` all at once; times are for all of them",
  rounds = 7,
  cases = {
    { name = "1 step", measure = scenario("tasks_1") },
    { name = "10 steps", measure = scenario("tasks_10") },
    { name = "50 steps", measure = scenario("tasks_50") },
  },
})

compare.run({
  name = "steps_count",
  title = "2, 10 and 50 steps of `true` in one room; times are for each step",
  rounds = 7,
  cases = {
    { name = "10 in order", per = 10, measure = scenario("in_order_10") },
    { name = "2 in order", per = 2, measure = scenario("in_order_2") },
    { name = "50 in order", per = 50, measure = scenario("in_order_50") },
    { name = "2, 4 at once", per = 2, measure = scenario("overlapping_2") },
    { name = "10, 4 at once", per = 10, measure = scenario("overlapping_10") },
    { name = "50, 4 at once", per = 50, measure = scenario("overlapping_50") },
  },
})
