--- What the project of a document says of it: the folder, the settings, the rules that are on.
---
--- A document belongs to the nearest project file above it, as it does for `clnrm run`; one that is
--- open in the editor stands for the one on disk.  Nothing of a project is executed but its rules,
--- and these only when the user trusts it.
local custom_rules = require("engine.lint.custom")
local fs = require("core.fs")
local lint = require("engine.lint")
local lint_settings = require("engine.config.lint")
local project_of = require("engine.project")

---@class engine.lsp.workspace
local M = {}

local FILE_MAX = 1 << 20
local KNOWN_MAX = 100 -- folders; of more, all are looked at anew

---@class engine.lsp.Project
---@field key string              what it was made of
---@field dir string              that rooms see as the project
---@field file? string            the project file, absolute
---@field config? engine.Config   nil: the project file is wrong
---@field linter engine.lint.Linter
---@field custom? engine.lint.custom.Rules
---@field rule_problems engine.diag.Diagnostic[]
---@field rules_dir? string
---@field is_told? boolean        what follows was told to the user
---@field why? string             why not all that the project says is used
---@field lint_problems? engine.diag.Diagnostic[] with its rules
---@field crashes table<string, engine.diag.Diagnostic> by code

---@class engine.lsp.Workspace
---@field opts table              of the command line
---@field trust boolean
---@field documents engine.lsp.Documents
---@field known table<string, engine.lsp.Project> by folder
local Workspace = {}
Workspace.__index = Workspace

--- Makes the workspace.
---@param opts { opts: table, documents: engine.lsp.Documents, user?: engine.config.Source }
---@return engine.lsp.Workspace
function M.new(opts)
  return setmetatable({
    opts = opts.opts, trust = opts.opts.trust or false, documents = opts.documents,
    user = opts.user, known = {}, count = 0,
  }, Workspace)
end

--- Finds the project file of a document.
---@return string dir
---@return string? file
local function find(self, path)
  local dir = path:match("^(.*)/[^/]*$")
  dir = dir == "" and "/" or dir
  local wanted = self.opts.config
  if wanted == "none" then
    return dir
  elseif wanted then
    local file = fs.realpath(wanted) or wanted
    return file:match("^(.*)/[^/]*$") or ".", file
  end
  local found, name = project_of.search(dir, os.getenv("HOME"))
  if found then
    return found, (found == "/" and "" or found) .. "/" .. name
  end
  return dir
end

--- Says what the folder of rules holds, so that a change is seen.
local function rules_state(dir)
  local parts = {}
  for _, entry in ipairs(dir and fs.scandir(dir) or {}) do
    local stat = entry.name:find("^[^.].*%.lua$") and fs.stat(dir .. "/" .. entry.name)
    if stat then
      parts[#parts + 1] = ("%s %d %d"):format(entry.name, stat.size, stat.mtime_ns)
    end
  end
  return table.concat(parts, "\n")
end

local function load_config(self, text, file)
  local source = text and { file = file, text = text }
  return require("engine.config").load({
    source = source, user = self.user, env = os.getenv, opts = self.opts,
  })
end

--- Makes the linter of settings; what is wrong with them is left out and told.
local function make_linter(project, config)
  local values = config and config.values or {}
  local linter, problems = lint.new({
    select = values["lint.select"], extend_select = values["lint.extend_select"],
    ignore = values["lint.ignore"], options = values["lint.options"], custom = project.custom,
    has_unseen = project.rules_dir ~= nil and not project.custom,
  })
  if not linter then
    project.lint_problems = lint_settings.diagnostics(config, problems)
    project.why = problems[1].message
  end
  return linter or assert(lint.new({ custom = project.custom }))
end

local function make(self, key, dir, file, text)
  local project = { key = key, dir = dir, file = file, rule_problems = {}, crashes = {} }
  local config, problems = load_config(self, text, file)
  project.config = config
  if not config then
    local first = problems[1]
    project.why = ("%s%s: %s"):format(first.file or "settings",
      first.line and ":" .. first.line or "", first.message)
  end
  local rules_dir = dir .. "/lint"
  local stat = file and fs.stat(rules_dir)
  if stat and stat.type == "directory" then
    project.rules_dir = rules_dir
    if self.trust then
      project.custom, project.rule_problems = custom_rules.load(rules_dir, "lint")
    end
  end
  project.linter = make_linter(project, config)
  return project
end

--- Gives the project of a file.
---@async
---@param path string absolute
---@return engine.lsp.Project
function Workspace:project(path)
  local dir, file = find(self, path)
  local text, err = file and self.documents:text_of(file), nil
  if file and not text then
    text, err = fs.read(file, { max = FILE_MAX })
  end
  local state = self.trust and rules_state(dir .. "/lint") or ""
  local key = table.concat({ dir, file or "", text or "", state }, "\0")
  local known = self.known[dir]
  if known and known.key == key then
    return known
  end
  if self.count >= KNOWN_MAX then
    self.known, self.count = {}, 0
  end
  self.count = self.count + (self.known[dir] and 0 or 1)
  known = make(self, key, fs.realpath(dir) or dir, file, text)
  known.why = err and "project file " .. err.message or known.why
  self.known[dir] = known
  return known
end

--- Names a file as messages show it: from its project on.
---@param project engine.lsp.Project
---@param path string
---@return string
function M.shown(project, path)
  local prefix = project.dir == "/" and "/" or project.dir .. "/"
  return path:sub(1, #prefix) == prefix and path:sub(#prefix + 1) or path
end

return M
