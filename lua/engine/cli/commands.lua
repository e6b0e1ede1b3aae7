--- The commands: those of this build, in the order of help, and those that are known but not built.
local M = {}

--- Each is the module engine.cli.<name>, but for those in `module`.
M.list = {
  "init",
  "template",
  "run",
  "dev",
  "dry-run",
  "list",
  "why",
  "graph",
  "validate",
  "lint",
  "fmt",
  "render",
  "migrate",
  "schema",
  "lsp",
  "stubs",
  "snapshots",
  "runs",
  "replay",
  "diff",
  "slow",
  "image",
  "pull",
  "repl",
  "explain",
  "doctor",
  "shell",
  "services",
  "reap",
  "config",
  "modules",
  "help",
  "version",
}

--- The name of a module must not be "init".
M.module = { init = "init_project" }

--- Loads the module of a command.
---@param name string
---@return engine.cli.Command
function M.load(name)
  return require("engine.cli." .. (M.module[name] or name:gsub("-", "_")))
end

--- Those that run project code or tell of it as `run` does, and so look for overrides.
M.overrides = { run = true, dev = true, replay = true, modules = true, script = true,
  repl = true, render = true }

--- Those that read test files as `run` does and run nothing of the project: they say so where an
--- override makes `run` read them otherwise.
M.reads = { ["dry-run"] = true, validate = true, list = true, graph = true, lint = true,
  migrate = true, pull = true }

--- In no help, but there: plain Lua with the system's module paths.
M.hidden = { "lua" }

---@type table<string, string>
M.alias = { health = "doctor" }

--- Known, and refused as not in this build.
M.later = {
  "analyze", "bench", "collector", "completions", "flaky",
  "history", "optimize", "plugins", "predict",
  "record", "red-green", "report", "repro",
  "self-test", "spans",
}

return M
