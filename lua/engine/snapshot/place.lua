--- Where snapshots are stored: snapshots/FILE/TEST/NAME.snap, beside the test file.
---
--- A name that is fit for a path stays as it is, with "+" for a blank; any other is made fit, and a
--- digest of it keeps it apart from all others.  Pure.
---@class engine.snapshot.place
local hash = require("core.hash")

local M = {}

M.FOLDER = "snapshots"
M.SUFFIX = ".snap"
M.PENDING = ".new"

local PLAIN_MAX = 80
local KEPT_MAX = 60

--- Makes a text fit for a part of a path.
---@param name string
---@return string
---@nodiscard
function M.part(name)
  if #name <= PLAIN_MAX and name:match("^[%w_][%w_%-%. ]*$") and not name:find("[%. ]$") then
    return (name:gsub(" ", "+"))
  end
  local kept = name:gsub("[^%w_%-%.]+", "-"):gsub("^[%-%.]+", ""):sub(1, KEPT_MAX)
    :gsub("[%-%.]+$", "")
  return (kept == "" and "" or kept .. "-") .. hash.xxh3(name):sub(1, 8)
end

local function split(path)
  local folder, name = path:match("^(.*)/([^/]*)$")
  return folder or ".", name or path
end

M.split = split

--- Names the test of a snapshot: the scenario, with the cell of its matrix.
---@param scenario { name: string, cell?: string }
---@return string
---@nodiscard
function M.test(scenario)
  return scenario.cell and ("%s[%s]"):format(scenario.name, scenario.cell) or scenario.name
end

---@class engine.snapshot.Place
---@field root string   folder of the test file, absolute
---@field path string   of the snapshot, below the root
---@field shown string  the same as seen from where clnrm was started
---@field file string   name of the test file
---@field test string
---@field name string

--- Finds the place of a snapshot.
---@param scenario engine.model.Scenario
---@param name string
---@param clean? fun(s: string): string masks names
---@return engine.snapshot.Place
---@nodiscard
function M.of(scenario, name, clean)
  local root, file = split(scenario.suite.path)
  local test = M.test(scenario)
  if clean then
    name, test = clean(name), clean(test)
  end
  local path = ("%s/%s/%s/%s"):format(M.FOLDER, M.part(file), M.part(test),
    M.part(name) .. M.SUFFIX)
  local folder = split(scenario.file)
  return {
    root = root == "" and "/" or root,
    path = path,
    shown = folder == "." and scenario.file:sub(1, 2) ~= "./" and path
      or folder .. "/" .. path,
    file = file,
    test = test,
    name = name,
  }
end

return M
