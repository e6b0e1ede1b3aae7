--- Options of rendering: what gives values to the tags of test files; a part of engine.cli.options.

---@type engine.cli.Option[]
return {
  {
    long = "define",
    short = "D",
    alias = { "map", "m" },
    arg = "K=V",
    kind = "define",
    list = true,
    commands = {
      "run", "dev", "dry-run", "list", "graph", "validate", "lint", "lsp", "render", "pull",
    },
    top = { "render" },
    text = "value of a name in tags, over all others; of the type of the one that it replaces, "
      .. "else a text (repeatable)",
  },
  {
    long = "vars",
    arg = "FILE",
    kind = "text",
    commands = {
      "run", "dev", "dry-run", "list", "graph", "validate", "lint", "lsp", "render", "pull",
    },
    text = "values of names in tags, from a file of JSON or TOML (-: standard input); --define "
      .. "stands over them",
  },
  {
    long = "show-vars",
    commands = { "render" },
    top = true,
    text = "instead of the text: each variable, its value, and what gave it",
  },
  {
    long = "line-map",
    commands = { "render" },
    top = true,
    text = "instead of the text alone: each line beside the line of the template it came from",
  },
}
