--- Options of fmt (--diff and --stdin-filename are those of lint); a part of engine.cli.options.
---@type engine.cli.Option[]
return {
  {
    long = "check",
    commands = { "fmt", "render", "stubs" },
    top = true,
    text = "write nothing; exit code 1 when a file would change",
    text_of = {
      render = "write nothing; exit code 2 when what comes out is no TOML",
      stubs = "write nothing; exit code 1 when those that are there are not of this clnrm",
    },
  },
  {
    long = "verify",
    commands = { "fmt" },
    default = "with --check",
    text = "also format twice: the second time must change nothing",
  },
  {
    long = "stdin",
    commands = { "fmt" },
    text = "the text comes from standard input, and goes to standard output; same as the path -",
  },
  {
    long = "range",
    arg = "L1:L2",
    kind = "lines",
    commands = { "fmt" },
    text = "only the keys and headers that stand on these lines of the one file",
  },
  {
    long = "lua", later = { "fmt" }, text = "format files of Lua",
    why = "Lua is not formatted: docs/fmt.md says why",
  },
}
