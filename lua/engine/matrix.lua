--- The cells of a file's [matrix]: checked where it stands, combined by clnrm.matrix.
local M = {}

local function combine()
  return require("clnrm.matrix")
end

local LISTS = { exclude = true, include = true }
local NAME = "^[%a_][%w_-]*$"

--- A cell of a file without a matrix.
M.NONE = { names = {}, values = {} }

local function check_name(cx, matrix, name)
  if not name:find(NAME) then
    cx:at_key("R010", matrix, name, ("%s cannot be the name of a value"):format(cx:name(name)),
      "letters, digits, - and _ only")
  end
end

local function check_twice(cx, values)
  for i = 2, #values do
    for k = 1, i - 1 do
      if combine().same(values[i], values[k]) then
        cx:at_value("R010", values, i, "this value is in the list already",
          "two cells would be the same", "leave one out")
        break
      end
    end
  end
end

--- Says of a value that no combination has: it is not in its list.
local function check_value(cx, entry, name, list)
  for _, value in ipairs(list) do
    if combine().same(value, entry[name]) then
      return
    end
  end
  cx:at_value("R011", entry, name, ("`%s` never has this value"):format(name),
    "so it takes nothing out", "a value of its list is meant, of the same kind")
end

--- Reads the entries of exclude or include.
local function entries_of(cx, matrix, list, dims)
  local entries = {}
  for i, entry in ipairs(matrix[list] or {}) do
    if type(entry) ~= "table" or cx:is_array(entry) or cx:is_time(entry) then
      cx:at_value("R010", matrix[list], i, ("%s is a list of tables, not of %s"):format(
        list, cx:kind(entry)), nil, ('%s = [{ db = "pg" }]'):format(list))
    else
      entries[#entries + 1] = { names = cx:keys(entry), values = entry, index = i }
      for _, name in ipairs(cx:keys(entry)) do
        if list == "exclude" and not dims.values[name] then
          local near = require("engine.suggest").nearest(name, dims.names)
          cx:at_key("R011", entry, name, ("%s is no list of the matrix"):format(cx:name(name)),
            near and ("did you mean `%s`?"):format(near))
        elseif list == "exclude" then
          check_value(cx, entry, name, dims.values[name])
        else
          check_name(cx, entry, name)
        end
      end
    end
  end
  return entries
end

local MESSAGES = {
  many = "the matrix has more than %d cells",
  entries = "`%s` has more than 1000 entries",
  empty = "no cell is left, so that nothing would be tested",
  excludes_nothing = "this entry takes no cell out",
  includes_nothing = "this entry changes no cell and is none itself",
}

local HELP = {
  many = "each list multiplies them: split the file, or leave values out",
  excludes_nothing = "an entry before it may have taken them out already",
  includes_nothing = "its values are those of the cells already",
}

local function tell(cx, root, matrix, problem)
  local message, help = MESSAGES[problem.kind], HELP[problem.kind]
  if problem.kind == "entries" then
    message = message:format(problem.list)
  elseif problem.kind == "many" then
    message = message:format(combine().CELLS_MAX)
  end
  if problem.index then
    cx:at_value("R011", matrix[problem.list], problem.index, message, nil, help)
  else
    cx:at_value("R012", root, "matrix", message, nil, help)
  end
end

--- Makes the cells of the matrix of a file; what is wrong is told to `cx`.
---@param cx engine.model.Context with the positions of `root`
---@param root table the file
---@return clnrm.matrix.Cell[]? cells
function M.cells(cx, root)
  local matrix, dims = root.matrix, { names = {}, values = {} }
  local before = cx.counts.error
  for _, name in ipairs(cx:keys(matrix)) do
    if not LISTS[name] then
      check_name(cx, matrix, name)
      dims.names[#dims.names + 1], dims.values[name] = name, matrix[name]
      if #matrix[name] <= combine().CELLS_MAX then -- else they are too many anyhow
        check_twice(cx, matrix[name])
      end
    end
  end
  local excludes = entries_of(cx, matrix, "exclude", dims)
  local includes = entries_of(cx, matrix, "include", dims)
  if cx.counts.error > before then
    return nil
  end
  local cells, problem = combine().cells(dims, excludes, includes)
  if not cells then
    tell(cx, root, matrix, problem)
  end
  return cells
end

return M
