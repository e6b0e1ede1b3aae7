--- Options of lsp; a part of the one table (engine.cli.options).

---@type engine.cli.Option[]
return {
  {
    long = "trust",
    commands = { "lsp" },
    text = "run the project's own rules of lint, lint/*.lua, restricted; without it nothing of a "
      .. "project is executed",
  },
}
