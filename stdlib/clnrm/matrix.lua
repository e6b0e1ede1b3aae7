--- Combinations of values: every one of each list with every one of the others, less what is
--- excluded, with what is included.
---
--- The rules are those of GitHub's workflows.  `exclude` takes out each combination that has all
--- the values of an entry.  An entry of `include` is added to every combination whose own values it
--- does not change; when there is none, it is a combination by itself.
local hash = require("core.hash")
local host = require("clnrm.host")
local text = require("core.text")
local toml = require("core.toml")

local M = {}

local CELLS_MAX = 1000
local ENTRIES_MAX = 1000 -- of exclude, and of include
local LABEL_MAX = 24 -- columns of one value in the name of a cell

M.CELLS_MAX = CELLS_MAX

---@class clnrm.matrix.Pairs names and values, in an order
---@field names string[]
---@field values table<string, any>

---@class clnrm.matrix.Cell: clnrm.matrix.Pairs
---@field name string "a=1,b=x"

---@class clnrm.matrix.Problem
---@field kind "many"|"entries"|"empty"|"excludes_nothing"|"includes_nothing"
---@field list? "exclude"|"include"
---@field index? integer of the entry

--- Tells whether two values are the same; 1 and 1.0 are not, nor 1 and "1".
---@param a any
---@param b any
---@return boolean
function M.same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then
    return a == b and math.type(a) == math.type(b)
  elseif rawequal(a, b) then
    return true
  elseif getmetatable(a) ~= nil and a == b then -- dates and times
    return true
  end
  for k, value in pairs(a) do
    if not M.same(value, b[k]) then
      return false
    end
  end
  for k in pairs(b) do
    if a[k] == nil then
      return false
    end
  end
  return true
end

local function has_all(cell, entry, names)
  for _, name in ipairs(names) do
    local value = cell.values[name]
    if value == nil or not M.same(value, entry.values[name]) then
      return false
    end
  end
  return true
end

--- Makes every combination of the lists; the last one turns fastest.
local function product(dims)
  if #dims.names == 0 then
    return {}
  end
  local cells = { { names = {}, values = {} } }
  for _, name in ipairs(dims.names) do
    local next_cells = {}
    for _, cell in ipairs(cells) do
      for _, value in ipairs(dims.values[name]) do
        local names = table.move(cell.names, 1, #cell.names, 1, {})
        local values = {}
        for k, v in pairs(cell.values) do
          values[k] = v
        end
        names[#names + 1], values[name] = name, value
        next_cells[#next_cells + 1] = { names = names, values = values }
      end
    end
    cells = next_cells
  end
  return cells
end

--- What two values that are the same have both.
local function key_of(value)
  return type(value) == "table" and "table" or value == 0 and math.type(value) or value
end

--- Makes what lists the cells that may have the pairs of an entry: a thousand entries and a
--- thousand cells are not compared each with each.
local function finder(cells)
  local by_name = {}
  return function(entry, names)
    local name = names[1]
    if not name then
      return cells
    end
    local lists = by_name[name]
    if not lists then
      lists = {}
      for _, cell in ipairs(cells) do
        local value = cell.values[name]
        local key = value == value and value ~= nil and key_of(value)
        if key then
          lists[key] = lists[key] or {}
          table.insert(lists[key], cell)
        end
      end
      by_name[name] = lists
    end
    local wanted = entry.values[name]
    return wanted == wanted and lists[key_of(wanted)] or {}
  end
end

local function exclude(cells, entries)
  local find, is_out = finder(cells), {}
  for i, entry in ipairs(entries) do
    local found = false
    for _, cell in ipairs(find(entry, entry.names)) do
      if not is_out[cell] and has_all(cell, entry, entry.names) then
        is_out[cell], found = true, true
      end
    end
    if not found then
      return nil, { kind = "excludes_nothing", list = "exclude", index = i }
    end
  end
  local kept = {}
  for _, cell in ipairs(cells) do
    kept[#kept + 1] = not is_out[cell] and cell or nil
  end
  return kept
end

--- Adds the pairs of an entry to a cell; tells whether that changed anything.  A cell of the lists
--- keeps its name: what is added to it follows from its own values.
local function add_pairs(cell, entry, own)
  local changed = false
  for _, name in ipairs(entry.names) do
    if not own[name] then
      if next(own) == nil then
        cell.names[#cell.names + 1] = name
      end
      changed = changed or not M.same(cell.values[name], entry.values[name])
      cell.values[name] = entry.values[name]
    end
  end
  return changed
end

local function include(cells, entries, dims)
  local own, originals = {}, table.move(cells, 1, #cells, 1, {})
  for _, name in ipairs(dims.names) do
    own[name] = true
  end
  local find = finder(originals)
  for i, entry in ipairs(entries) do
    local fixed, matched, changed = {}, false, false
    for _, name in ipairs(entry.names) do
      fixed[#fixed + 1] = own[name] and name or nil
    end
    for _, cell in ipairs(find(entry, fixed)) do
      if has_all(cell, entry, fixed) then
        matched = true
        changed = add_pairs(cell, entry, own) or changed
      end
    end
    if matched and not changed or #entry.names == 0 then
      return nil, { kind = "includes_nothing", list = "include", index = i }
    elseif not matched then
      for k = #originals + 1, #cells do
        if M.same(cells[k].values, entry.values) then
          return nil, { kind = "includes_nothing", list = "include", index = i }
        end
      end
      local cell = { names = {}, values = {} }
      add_pairs(cell, entry, {})
      cells[#cells + 1] = cell
    end
  end
  return cells
end

local function is_time(value)
  local kind = type(value) == "table" and getmetatable(value) ~= nil and toml.type(value)
  return kind and kind ~= "array" and kind ~= "table"
end

--- Writes a value so that different values are written differently.
local function canonical(value)
  if type(value) ~= "table" then
    return (math.type(value) or type(value)) .. ":" .. tostring(value)
  elseif is_time(value) then
    return tostring(value)
  end
  local parts = {}
  for k, entry in pairs(value) do
    parts[#parts + 1] = ("%s=%s"):format(tostring(k), canonical(entry))
  end
  table.sort(parts)
  return "{" .. table.concat(parts, "\1") .. "}"
end

--- What a value is called in the name of a cell: itself, when it is short and has nothing in it
--- that the name or a shell gives a meaning; else what is left of it, and a part of its digest.
local function label(value, index)
  local plain = value
  if type(value) == "table" and not is_time(value) then
    plain = type(value.name) == "string" and value.name or "#" .. index
    if plain == "#" .. index then
      return plain, true
    end
  end
  plain = tostring(plain)
  local shown = plain:gsub("[%c,=%[%]'\"`$*?{}\\|&;<>()!#~]", "_")
  shown = shown:find("[\127-\255]") and text.escape(shown, { line = true }):gsub("\\", "_") or shown
  shown = text.cut(shown, LABEL_MAX, { mark = "" })
  local is_whole = shown == plain and plain ~= "" and not plain:find("^ ") and not plain:find(" $")
  return shown, is_whole
end

local function marked(shown, value)
  return ("%s~%s"):format(shown, hash.xxh3(canonical(value)):sub(1, 4))
end

--- Gives each cell a name that no other one has.
local function name_cells(cells)
  local labels, taken = {}, {} -- by name of the dimension: canonical value → label, and back
  for _, cell in ipairs(cells) do
    local parts = {}
    for i, name in ipairs(cell.names) do
      labels[name], taken[name] = labels[name] or { count = 0 }, taken[name] or {}
      local known, key = labels[name], canonical(cell.values[name])
      if not known[key] then
        known.count = known.count + 1
        local shown, is_whole = label(cell.values[name], known.count)
        if not is_whole or taken[name][shown] then
          shown = marked(shown, cell.values[name])
        end
        if taken[name][shown] then
          shown = shown .. "~" .. known.count
        end
        known[key], taken[name][shown] = shown, true
      end
      parts[i] = name .. "=" .. known[key]
    end
    cell.name = table.concat(parts, ",")
  end
  return cells
end

--- Makes the cells of a matrix.
---@param dims { names: string[], values: table<string, any[]> }
---@param excludes clnrm.matrix.Pairs[]
---@param includes clnrm.matrix.Pairs[]
---@return clnrm.matrix.Cell[]? cells
---@return clnrm.matrix.Problem? problem
function M.cells(dims, excludes, includes)
  local count = #dims.names > 0 and 1 or 0
  for _, name in ipairs(dims.names) do
    count = count * #dims.values[name]
    if count > CELLS_MAX then -- before any is made
      return nil, { kind = "many" }
    end
  end
  if #excludes > ENTRIES_MAX or #includes > ENTRIES_MAX then
    return nil, { kind = "entries", list = #excludes > ENTRIES_MAX and "exclude" or "include" }
  end
  local cells, problem = exclude(product(dims), excludes)
  if cells then
    cells, problem = include(cells, includes, dims)
  end
  if not cells then
    return nil, problem
  elseif #cells > CELLS_MAX then
    return nil, { kind = "many" }
  elseif #cells == 0 then
    return nil, { kind = "empty" }
  end
  return name_cells(cells)
end

local WORDS = {
  many = ("more than %d combinations"):format(CELLS_MAX),
  entries = ("more than %d entries in exclude or include"):format(ENTRIES_MAX),
  empty = "no combination is left, so that nothing would be tested",
  excludes_nothing = "entry %d of exclude takes no combination out",
  includes_nothing = "entry %d of include changes no combination and is none itself",
}

local function misuse(message)
  host.current().misuse("clnrm.matrix: " .. message)
end

local function sorted_names(values)
  local names = {}
  for name in pairs(values) do
    if type(name) ~= "string" then
      misuse("names are texts: { db = { 'pg', 'my' } }")
    end
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

local function entries_of(list, what)
  local entries = {}
  if list ~= nil and type(list) ~= "table" then
    misuse(what .. " must be a list of tables")
  end
  for i, values in ipairs(list or {}) do
    if type(values) ~= "table" then
      misuse(("%s: entry %d is no table"):format(what, i))
    end
    entries[i] = { names = sorted_names(values), values = values }
  end
  return entries
end

--- Makes a list of cases from lists of values: `clnrm.matrix{ db = { "pg", "my" }, n = { 1, 2 } }`.
---
--- A case has the values by their names, and `name`: "db=pg,n=1".  Names are sorted: Lua's tables
--- have no order.
---@param spec table<string, any[]> with `exclude` and `include`, lists of tables
---@return table[] cases
function M.cases(spec)
  if type(spec) ~= "table" then
    misuse("its argument must be a table of lists")
  end
  local dims = { names = {}, values = {} }
  for _, name in ipairs(sorted_names(spec)) do
    if name ~= "exclude" and name ~= "include" then
      if type(spec[name]) ~= "table" or #spec[name] == 0 then
        misuse(("%s must be a list of at least one value"):format(name))
      end
      dims.names[#dims.names + 1], dims.values[name] = name, spec[name]
    end
  end
  local cells, problem = M.cells(dims, entries_of(spec.exclude, "exclude"),
    entries_of(spec.include, "include"))
  if not cells then
    misuse(WORDS[problem.kind]:format(problem.index))
  end
  local cases = {}
  for i, cell in ipairs(cells) do
    cases[i] = { name = cell.name }
    for name, value in pairs(cell.values) do
      cases[i][name] = value
    end
  end
  return cases
end

return M
