--- Options of the developer loop; a part of engine.cli.options.
---@type engine.cli.Option[]
return {
  {
    long = "watch",
    short = "w",
    commands = { "run" },
    top = true,
    text = "run again what each save touches",
  },
  {
    long = "debounce-ms",
    arg = "N",
    kind = "ms",
    commands = { "run", "dev" },
    default = "5 for a lone save, more for many",
    text = "each save waits so long for the next, whatever their rate",
  },
  {
    long = "timebox",
    arg = "TIME",
    kind = "time",
    commands = { "run", "dev" },
    text = "deadline of each run of the loop: what is not done by then is stopped",
  },
  {
    long = "clear",
    commands = { "run", "dev" },
    text = "clear the screen before each run of the loop, where there is one",
  },
  {
    long = "bell",
    commands = { "run", "dev" },
    text = "ring the bell of the terminal after a run with tests that are not good, and when all "
      .. "are good again",
  },
  {
    long = "notify",
    commands = { "run", "dev" },
    text = "tell the desktop of the same, by notify-send",
  },
  {
    long = "once",
    commands = { "run", "dev" },
    text = "one turn of the loop, then the end; with -v or --json also what it took",
  },
  {
    long = "ui",
    arg = "PORT",
    optional = true,
    kind = "port",
    commands = { "run", "dev" },
    top = { "dev" },
    default = "any port that is free",
    text = "show the loop in a browser of this machine as well: the address is printed",
  },
  {
    long = "inline",
    commands = { "dev" },
    top = true,
    text = "no full screen: the reports of the runs, one below the other",
  },
}
