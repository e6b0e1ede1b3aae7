--- Options of repl; a part of the one table (engine.cli.options).

---@type engine.cli.Option[]
return {
  {
    long = "eval",
    short = "e",
    arg = "CODE",
    kind = "text",
    list = true,
    means = "repl",
    commands = { "repl" },
    top = true,
    text = "run CODE, show what it gives, and end; with -i or - go on",
  },
  {
    long = "interactive",
    short = "i",
    arg = "FILE",
    kind = "text",
    means = "repl",
    commands = { "repl" },
    top = true,
    text = "run FILE first; its top-level locals are names of the session",
  },
}
