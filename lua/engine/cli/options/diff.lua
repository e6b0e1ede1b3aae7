--- Options of diff; a part of engine.cli.options.
---@type engine.cli.Option[]
return {
  {
    long = "only-changes",
    commands = { "diff" },
    default = "on",
    top = true,
    text = "hide what is the same",
  },
  {
    long = "all",
    commands = { "diff" },
    top = true,
    text = "show also what is the same, and texts without limit",
  },
  {
    long = "exact",
    commands = { "diff" },
    top = true,
    text = "of runs and spans: ids, times and ports count as well",
  },
}
