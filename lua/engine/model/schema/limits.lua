--- Schema of [limits] and of the limits of a service.
local record = require("engine.model.record")
local types = require("engine.model.types")

local key = record.key

return record.new({
  title = "limits",
  fits = { as = "limits", keys = { "cpu_millicores", "memory_mb", "pids" } },
  keys = {
    key("cpu_millicores", types.integer(1, 1000000), "Thousandths of a core.",
      { alias = { "cpu_limit" } }),
    key("memory_mb", types.integer(1, 1 << 30), "Memory in MiB.", { alias = { "memory_limit" } }),
    key("pids", types.integer(1, 1 << 22), "Processes and threads."),
  },
})
