--- Schema of the policy of a scenario, or of a room of a Lua test.
local policy = require("engine.model.policy")
local record = require("engine.model.record")
local types = require("engine.model.types")

local key = record.key

local HOST = types.text({
  expects = "a host, or host:port",
  plural = "hosts",
  sample = '"example.org:443"',
  test = policy.host_problem,
})
local COMMAND = types.text({
  expects = "the name or the path of a program",
  plural = "names of programs",
  max = 255,
  sample = '"curl"',
  test = policy.command_problem,
})

return record.new({
  title = "policy of a scenario",
  keys = {
    key("security_level", types.one_of({ "low", "medium", "high" }),
      "How much is forbidden: what is forbidden and tried is verdict `policy`.",
      { default = "low", sample = '"medium"' }),
    key("max_execution_time", types.duration(),
      "Deadline of the scenario; past it the verdict is `policy`."),
    key("max_memory_mb", types.integer(1, 1 << 30),
      "Memory of the whole room in MiB; out of it the verdict is `policy`."),
    key("max_cpu_usage", types.number(0.001, 1),
      "Share of one processor that all of the room gets at most."),
    key("allowed_network_hosts", types.list(HOST),
      "Hosts that can be reached, by their names, at this port or at 80 and 443; no others."),
    key("disallowed_commands", types.list(COMMAND, { max = 64 }), "Programs that must not be run."),
  },
})
