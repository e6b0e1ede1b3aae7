--- The differential suite: what the sandbox and each engine make of the same files.
local backends = dofile("tests/differential/backends.lua")
local compare = dofile("tests/differential/compare.lua")
local events = dofile("tests/differential/events.lua")
local excepted = dofile("tests/differential/excepted.lua")
local json = require("core.json")
local tree_of = dofile("tests/differential/tree.lua")
local verdict = dofile("tests/differential/verdict.lua")

local M = {}

local SHOWN, VALUE_MAX = 60, 300 -- differences that a failure shows, bytes of a value

local function show(value)
  local text = type(value) == "table" and json.encode(value) or tostring(value)
  return #text > VALUE_MAX and text:sub(1, VALUE_MAX) .. "…" or text
end

--- Writes differences for people.
---@param list tests.differential.Difference[]
---@return string
function M.text(list)
  local lines, last = { ("%d differences"):format(#list) }, nil
  for i = 1, math.min(#list, SHOWN) do
    local one = list[i]
    if one.id ~= last then
      lines[#lines + 1], last = one.id, one.id
    end
    lines[#lines + 1] = ("  %s\n    sandbox: %s\n    engine:  %s"):format(one.where, show(one.left),
      show(one.right))
  end
  return table.concat(lines, "\n")
end

---@class tests.differential.Suite
---@field tree tests.differential.Tree
---@field sandbox tests.differential.Seen
---@field sandbox_way table of backends.sandbox
---@field used table<tests.differential.Exception, true>
local Suite = {}
Suite.__index = Suite

--- Runs the files in the sandbox.
---@param folders? string[] default: all that there are
---@param engine table of backends.engine: whose images they are
---@param deadline_s integer for each run
---@return tests.differential.Suite
---@nodiscard
function M.new(folders, engine, deadline_s)
  local self = setmetatable({ tree = tree_of.new(folders), deadline_s = deadline_s, used = {} },
    Suite)
  self.sandbox_way = backends.sandbox(self.tree, engine)
  self.sandbox = events.read(self.tree.run(self.sandbox_way, nil, deadline_s))
  return self
end

--- Lists the files that differences are in.
local function files_of(differences)
  local files, has = {}, {}
  for _, one in ipairs(differences) do
    local file = verdict.file_of(one.id)
    if not has[file] then
      has[file] = true
      files[#files + 1] = file
    end
  end
  return files
end

--- Runs files in both, and compares.
local function compare_files(self, engine, files)
  local left = self.sandbox
  if files then
    left = events.read(self.tree.run(self.sandbox_way, files, self.deadline_s))
  end
  local right = events.read(self.tree.run(engine, files, self.deadline_s))
  local differences, count = compare.runs(left, right)
  local got = verdict.of(differences, right, excepted, engine)
  for one in pairs(got.used) do
    self.used[one] = true
  end
  return got, count
end

--- Runs all in an engine, and compares.  Files with a difference are run once more in both: what
--- depends on which of two was faster does not come again, and stands in `once`.
---@param engine table of backends.engine
---@return tests.differential.Verdict
---@return integer count of scenarios, and of files that did not load
---@return tests.differential.Difference[] once
function Suite:compare(engine)
  local got, count = compare_files(self, engine)
  local once = {}
  if got.unexpected[1] then
    once = got.unexpected
    local again = compare_files(self, engine, files_of(once))
    got.unexpected = again.unexpected
  end
  return got, count, got.unexpected[1] and {} or once
end

--- Counts what was not carried over: files, and tests whose services have no image here.
---@return integer
function Suite:left_out()
  local count = 0
  for _, groups in pairs(self.sandbox) do
    local text = json.encode(groups.scenario or {}, { invalid = "replace" })
    count = count + (text:find("not carried over: ", 1, true) and 1 or 0)
  end
  return count
end

--- Lists exceptions that nothing has needed.
---@return string[]
function Suite:unneeded()
  local list = {}
  for _, one in ipairs(excepted) do
    if not self.used[one] and not one.may then
      list[#list + 1] = one.file or one.message or one.where
    end
  end
  return list
end

function Suite:close()
  self.tree.close()
end

return M
