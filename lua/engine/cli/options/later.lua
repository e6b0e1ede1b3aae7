--- Options that are known, and not in this build; a part of engine.cli.options.
---@type engine.cli.Option[]
return {
  {
    long = "twice", later = { "run" }, text = "run twice and compare",
    why = "what two runs tell is compared by digests, which come with --digest",
  },
  { long = "digest", later = { "run" }, text = "print the digest" },
  { long = "metrics", arg = "PORT", optional = true, later = { "run", "dev" }, text = "metrics" },
  {
    long = "highlight-missing", later = { "graph" }, text = "expected but absent spans",
    why = "it compares a trace with what was expected of it; traces are not in this build",
  },
}
