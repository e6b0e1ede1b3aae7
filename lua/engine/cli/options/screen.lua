--- Options of what a run shows, and when; a part of engine.cli.options.
---@type engine.cli.Option[]
return {
  {
    long = "progress",
    arg = "KIND",
    kind = "choice",
    values = { "auto", "bar", "counter", "plain", "none", "json" },
    commands = { "run", "dev" },
    default = "auto",
    text = "how progress is shown: auto (a bar on a terminal, else a counter), bar, counter, "
      .. "plain, none, or json (events on standard error)",
  },
  {
    long = "status-level",
    arg = "LEVEL",
    kind = "choice",
    values = { "none", "fail", "retry", "slow", "pass", "skip", "all" },
    commands = { "run", "dev" },
    default = "all",
    text = "which tests have a line when they end: none, fail, retry, slow, pass, skip or all, "
      .. "each with those before it (`clnrm help levels`)",
  },
  {
    long = "final-status-level",
    arg = "LEVEL",
    kind = "choice",
    values = { "none", "fail", "retry", "slow", "pass", "skip", "all" },
    commands = { "run", "dev" },
    default = "fail",
    text = "which have one again below the sum",
  },
  {
    long = "failure-output",
    arg = "WHEN",
    kind = "choice",
    values = { "immediate", "final", "immediate-final", "never" },
    commands = { "run", "dev" },
    default = "immediate; with CI set immediate-final",
    text = "when failures are explained: immediate, final (above the sum), immediate-final, never",
  },
  {
    long = "success-output",
    arg = "WHEN",
    kind = "choice",
    values = { "immediate", "final", "immediate-final", "never" },
    commands = { "run", "dev" },
    default = "never",
    text = "when the outputs of tests that passed are shown, by the same words",
  },
  {
    long = "hyperlinks",
    arg = "WHEN",
    kind = "choice",
    values = { "auto", "always", "never" },
    commands = { "run", "dev" },
    default = "auto",
    text = "places in files as links: auto (on a terminal that is known to show them), always or "
      .. "never",
  },
}
