--- Options of lsp; a part of the one table (engine.cli.options).

---@type engine.cli.Option[]
return {
  {
    long = "stdio",
    commands = { "lsp" },
    text = "talk over standard input and output: the one way there is, which some editors ask for",
  },
  {
    long = "trust",
    commands = { "lsp" },
    text = "run the project's own rules of lint, lint/*.lua, restricted; without it nothing of a "
      .. "project is executed",
  },
}
