--- Filters of arrays.
local arguments = require("engine.template.arguments")
local json_text = require("engine.template.json_text")
local path = require("engine.template.path")
local text = require("core.text")
local value = require("engine.template.value")

---@class engine.template.filters.array
local M = {}

local subject, argument = arguments.subject, arguments.of_filter

local function list(filter, v)
  return subject(filter, v, "Vec<Value>")
end

function M.first(_, v)
  local found = list("first", v)[1]
  return found == nil and "" or found
end

function M.last(_, v)
  local items = list("last", v)
  local found = items[#items]
  return found == nil and "" or found
end

function M.nth(_, v, args)
  local items = list("nth", v)
  if #items == 0 then
    return ""
  end
  local found = items[argument("nth", args, "n", "usize") + 1]
  return found == nil and "" or found
end

function M.join(_, v, args)
  local items, parts = list("join", v), {}
  local separator = argument("join", args, "sep", "String", "")
  local bytes = #items * #separator
  for i, item in ipairs(items) do
    parts[i] = value.text(item)
    bytes = bytes + #parts[i]
  end
  arguments.check_size("join", bytes)
  return table.concat(parts, separator)
end

-- What is compared when values are sorted: the kind of the first says what all must be.
local SORT_KEYS = {
  number = value.to_float,
  string = function(v)
    return type(v) == "string" and v or nil
  end,
  array = function(v)
    return value.is_array(v) and #v or nil
  end,
  bool = function(v)
    if type(v) == "boolean" then
      return v and 1 or 0
    end
  end,
}

local function family(v)
  return value.is_number(v) and "number" or value.kind(v)
end

local function referenced(v, attribute)
  local found = path.at(v, attribute)
  if found == nil then
    value.fail("attribute '%s' does not reference a field", attribute)
  end
  return found
end

function M.sort(_, v, args)
  local items = list("sort", v)
  if #items == 0 then
    return items
  end
  local attribute = argument("sort", args, "attribute", "String", "")
  local kind = family(referenced(items[1], attribute))
  local key_of = SORT_KEYS[kind]
  if not key_of then
    value.fail("%s is not a sortable value", kind == "null" and "Null" or "Object")
  end
  local rows = {}
  for i, item in ipairs(items) do
    local found = referenced(item, attribute)
    local key = key_of(found)
    if key == nil then
      value.fail("expected %s got %s", kind, json_text.shown(found))
    elseif key ~= key then
      value.fail("NaN cannot be sorted")
    end
    rows[i] = { key, i, item }
  end
  table.sort(rows, function(a, b) -- equal ones stay in their order
    return a[1] < b[1] or a[1] == b[1] and a[2] < b[2]
  end)
  local sorted = value.array({})
  for i, row in ipairs(rows) do
    sorted[i] = row[3]
  end
  return sorted
end

local UNIQUE = { number = true, string = true, bool = true }

local function unique_key(found, kind, case_sensitive)
  if family(found) ~= kind then
    value.fail("unique filter can't compare multiple types")
  elseif kind == "number" and math.type(found) ~= "integer" then
    value.fail("expected number got %s", json_text.shown(found))
  elseif kind == "string" and not case_sensitive then
    return assert(text.lower(found))
  end
  return found
end

function M.unique(_, v, args)
  local items = list("unique", v)
  if #items == 0 then
    return items
  end
  local case_sensitive = argument("unique", args, "case_sensitive", "bool", false)
  local attribute = argument("unique", args, "attribute", "String", "")
  local first = referenced(items[1], attribute)
  local kind = family(first)
  if not UNIQUE[kind] or value.kind(first) == "float" then
    value.fail("Unique %ss are not implemented", value.kind(first))
  end
  local seen, kept = {}, value.array({})
  for _, item in ipairs(items) do
    local found = path.at(item, attribute)
    local key = found ~= nil and unique_key(found, kind, case_sensitive)
    if found ~= nil and not seen[key] then
      seen[key] = true
      kept[#kept + 1] = item
    end
  end
  return kept
end

function M.group_by(_, v, args)
  local items, groups = list("group_by", v), {}
  if #items == 0 then
    return groups
  end
  local attribute = argument("group_by", args, "attribute", "String")
  for _, item in ipairs(items) do
    local found = path.at(item, attribute)
    if found ~= nil and found ~= value.null then
      local key = type(found) == "string" and found or json_text.write(found)
      groups[key] = groups[key] or {}
      table.insert(groups[key], item)
    end
  end
  return groups
end

function M.filter(_, v, args)
  local items, kept = list("filter", v), value.array({})
  if #items == 0 then
    return items
  end
  local attribute = argument("filter", args, "attribute", "String")
  local wanted = args.value
  for _, item in ipairs(items) do
    local found = path.at(item, attribute)
    local is_null = found == nil or found == value.null
    local holds = not is_null
    if wanted ~= nil and wanted ~= value.null then
      holds = not is_null and value.same(found, wanted)
    end
    if holds then
      kept[#kept + 1] = item
    end
  end
  return kept
end

function M.map(_, v, args)
  local items, found_all = list("map", v), value.array({})
  if #items == 0 then
    return items
  end
  local attribute = argument("map", args, "attribute", "String")
  for _, item in ipairs(items) do
    local found = path.at(item, attribute)
    if found ~= nil and found ~= value.null then
      found_all[#found_all + 1] = found
    end
  end
  return found_all
end

--- Where an index points: below zero it counts from the end, and stops at the first.
local function index_of(i, count)
  i = i >= 0 and i or count + i
  i = i ~= i and 0 or math.max(math.min(i, count), 0)
  return math.floor(i)
end

function M.slice(_, v, args)
  local items = list("slice", v)
  if #items == 0 then
    return items
  end
  local start = index_of(argument("slice", args, "start", "f64", 0), #items)
  local stop = index_of(argument("slice", args, "end", "f64", #items), #items)
  return table.move(items, start + 1, stop, 1, value.array({}))
end

function M.concat(_, v, args)
  local items, more = list("concat", v), args.with
  if more == nil then
    value.fail("The `concat` filter has to have a `with` argument")
  end
  if not value.is_array(more) then
    more = { more }
  end
  if #items + #more > arguments.LIST_MAX then
    value.fail("`concat` would make an array of more than %d items", arguments.LIST_MAX)
  end
  local all = table.move(items, 1, #items, 1, value.array({}))
  return table.move(more, 1, #more, #items + 1, all)
end

return M
