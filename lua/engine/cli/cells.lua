--- Cells named on the command line: `FILE[a=1,b=x]` runs one cell of a file's matrix, `FILE[a=1]`
--- all those that have it.
local fs = require("core.fs")
local suggest = require("engine.suggest")
local trim = require("engine.trim")

local M = {}

local NAMED_MAX = 8 -- cells that a message lists

---@class engine.cli.CellChoice
---@field shown string   the argument
---@field path string    the file's own, without links
---@field cell string
---@field used? boolean

--- Reads "a=1,b=x".
local function parts_of(cell)
  local parts = {}
  for part in (cell .. ","):gmatch("([^,]*),") do
    parts[#parts + 1] = trim.both(part)
  end
  return parts
end

--- Whether a cell has all the parts of a choice.
local function has_all(cell, parts)
  local own = {}
  for _, part in ipairs(parts_of(cell)) do
    own[part] = true
  end
  for _, part in ipairs(parts) do
    if not own[part] then
      return false
    end
  end
  return true
end

--- Takes the cells off the paths; a file whose name ends in brackets is taken as it is.
---@param paths string[]
---@return string[] paths
---@return engine.cli.CellChoice[]? choices nil when no path names a cell
function M.split(paths)
  local out, choices, plain = {}, {}, {}
  for i, path in ipairs(paths) do
    local base, cell, rest = path:match("^(.+)%[([^%[%]]*)%](:?%d*)$")
    if base and cell ~= "" and not fs.lstat(path) and fs.stat(base) then
      out[i] = base .. rest
      choices[#choices + 1] = { shown = path, path = fs.realpath(base) or base, cell = cell }
    else
      out[i] = path
      plain[fs.realpath(path) or path] = true
    end
  end
  if #choices == 0 then
    return paths
  end
  local kept = {}
  for _, choice in ipairs(choices) do
    kept[#kept + 1] = not plain[choice.path] and choice or nil -- the whole file is named, too
  end
  return out, kept
end

local function unknown(choice, cells)
  local d = {
    severity = "error", code = "R014", file = choice.path,
    message = ("no cell of the file has [%s]"):format(choice.cell),
  }
  d.file = choice.shown:match("^(.+)%[")
  if #cells == 0 then
    d.message, d.help = "the file has no [matrix], so no cells", "leave the brackets out"
    return d
  end
  local parts, seen = {}, {}
  for _, cell in ipairs(cells) do
    for _, part in ipairs(parts_of(cell)) do
      parts[#parts + 1] = not seen[part] and part or nil
      seen[part] = true
    end
  end
  for _, wanted in ipairs(parts_of(choice.cell)) do
    local near = not seen[wanted] and suggest.nearest(wanted, parts)
    if near then
      d.help = ("did you mean %s?"):format(near)
      return d
    end
  end
  d.help = "its cells: " .. table.concat(cells, "; ", 1, math.min(#cells, NAMED_MAX))
    .. (#cells > NAMED_MAX and "; …" or "")
  return d
end

--- Keeps the suites of the chosen cells.
---@param suites engine.model.Suite[]
---@param choices engine.cli.CellChoice[]
---@param broken { file: string }[] files without a suite: nothing is said of their cells
---@return engine.model.Suite[] kept
---@return engine.diag.Diagnostic[] problems
function M.keep(suites, choices, broken)
  local by_path, kept, problems = {}, {}, {}
  for _, choice in ipairs(choices) do
    choice.parts, choice.cells = parts_of(choice.cell), {}
    by_path[choice.path] = by_path[choice.path] or {}
    table.insert(by_path[choice.path], choice)
  end
  for _, suite in ipairs(suites) do
    local chosen = by_path[fs.realpath(suite.path) or suite.path]
    local keeps = not chosen
    for _, choice in ipairs(chosen or {}) do
      choice.cells[#choice.cells + 1] = suite.cell
      if suite.cell and has_all(suite.cell, choice.parts) then
        keeps, choice.used = true, true
      end
    end
    kept[#kept + 1] = keeps and suite or nil
  end
  local is_broken = {}
  for _, file in ipairs(broken) do
    is_broken[file.file] = true
  end
  for _, choice in ipairs(choices) do
    if not choice.used and not is_broken[choice.shown:match("^(.+)%[")] then
      problems[#problems + 1] = unknown(choice, choice.cells)
    end
  end
  return kept, problems
end

return M
