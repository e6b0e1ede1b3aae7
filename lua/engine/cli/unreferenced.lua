--- --unreferenced: snapshots that no check refers to any more are told, deleted, or a failure.
---
--- Only of a whole project that was run to its end: a test that was left out may be the one that
--- refers to them.  When it cannot be known, that is said, and nothing is touched.
local exit_codes = require("engine.cli.exit_codes")

local M = {}

---@class engine.cli.Unreferenced
---@field cx engine.cli.Context
---@field used table<string, true>
---@field why? string why it cannot be known
local Watch = {}
Watch.__index = Watch

--- Whether the arguments of the command cover the project.
local function covers_project(cx)
  local fs = require("core.fs")
  local dir = fs.realpath(cx.project.dir)
  for _, path in ipairs(#cx.args > 0 and cx.args or { "." }) do
    local real = fs.realpath(path)
    if real and (real == dir or dir:sub(1, #real + 1) == real .. "/" or real == "/") then
      return true
    end
  end
  return false
end

local function selection_problem(cx, loaded, plan)
  if not covers_project(cx) then
    return "not the whole project was searched for tests"
  elseif loaded.missing or #loaded.broken > 0 then
    return "a test file could not be read"
  elseif (plan.excluded or 0) > 0 or plan.unsharded and plan.unsharded > #plan.scenarios then
    return "not all tests were selected"
  end
end

--- Takes an event of the run.
---@param e table
function Watch:on_event(e)
  local is_lua = e.event == "scenario_end" and e.file and e.file:find("%.lua$")
  if is_lua and e.verdict ~= "pass" and not self.why then
    self.why = ("the Lua test %s did not pass"):format(e.id)
  end
end

local function tell(self, word, one)
  local cx = self.cx
  local about = one.stored or one.pending
  cx.err:write(("%s: %s (%s: %s)\n"):format(word, cx:safe(one.shown), cx:safe(about.test or "?"),
    cx:safe(about.name or "?")))
end

local WORDS = {
  warn = "warning: no check refers to the snapshot",
  fail = "error: no check refers to the snapshot",
  delete = "deleted, no check referred to it",
}

--- Does with each what the option says.
local function settle(self, list)
  local code, unreferenced = exit_codes.OK, require("engine.snapshot.unreferenced")
  for _, one in ipairs(list) do
    local ok, err = true, nil
    if self.what == "delete" then
      ok, err = unreferenced.delete(one)
    end
    if ok then
      tell(self, WORDS[self.what], one)
    else
      self.cx:error(("%s: %s"):format(one.shown, err.message))
      code = exit_codes.worst(code, exit_codes.ENVIRONMENT)
    end
  end
  if self.what == "fail" and list[1] then
    code = exit_codes.worst(code, exit_codes.NO)
  end
  return code
end

--- Says what is unreferenced, at the end.
---@param summary? engine.run.Summary of the run
---@param is_unknown? fun(source: string): boolean
---@return integer exit_code
function Watch:finish(summary, is_unknown)
  local cx, why = self.cx, self.why
  if not why and summary and (summary.not_run > 0 or summary.interrupted) then
    why = "the run did not come to its end"
  end
  local fs, find = require("core.fs"), require("engine.snapshot.find")
  local found, is_cut, unreadable = find.below(fs.realpath(cx.project.dir), fs.getcwd())
  why = why or is_cut and "the project holds too much to look at all of it" or nil
  why = why or unreadable[1] and unreadable[1] .. " cannot be read" or nil
  if why then
    cx.err:write(("which snapshots are unreferenced is not known: %s\n"):format(cx:safe(why)))
    return self.what == "fail" and exit_codes.NO or exit_codes.OK
  end
  return settle(self, require("engine.snapshot.unreferenced").list(found, self.used, is_unknown))
end

--- Refuses to delete where CI is set: nobody would look at what is gone, and the commit keeps it.
---@param cx engine.cli.Context
---@return integer? exit_code
function M.refused(cx)
  if cx.opts.unreferenced ~= "delete" or not require("engine.ci").is_set(os.getenv) then
    return nil
  end
  cx:error("--unreferenced=delete is not done where CI is set: what it deletes is in no commit",
    "--unreferenced=fail tells of them; CI=0 deletes here as well")
  return exit_codes.INPUT
end

--- Begins to watch a run; the run adds to `used` what its checks refer to.
---@param cx engine.cli.Context
---@param loaded engine.cli.Loaded
---@param plan engine.Plan
---@return engine.cli.Unreferenced
function M.watch(cx, loaded, plan)
  local self = setmetatable({
    cx = cx,
    what = cx.opts.unreferenced,
    used = {},
    why = selection_problem(cx, loaded, plan),
  }, Watch)
  for _, suite in ipairs(loaded.suites) do
    require("engine.snapshot.unreferenced").add_suite(self.used, suite)
  end
  return self
end

--- The same without a run: what Lua tests refer to is left alone.
---@param cx engine.cli.Context
---@return integer exit_code
function M.list(cx)
  if not cx:find_project() then
    return exit_codes.INPUT
  end
  local all = setmetatable({ args = { cx.project.dir } }, { __index = cx })
  local loaded, code = require("engine.cli.suites").load(all)
  if not loaded then
    return code
  end
  local watch = M.watch(all, loaded, { scenarios = {} })
  return watch:finish(nil, function(source)
    return source:find("%.lua$") ~= nil and require("core.fs").exists(source) == true
  end)
end

return M
