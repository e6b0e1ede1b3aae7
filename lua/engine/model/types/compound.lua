--- Types made of other types: lists, tables whose keys the user chooses, one type or another.
local BAD = require("core.toml").bad
local common = require("engine.model.types.common")

local refuse, wrong_type = common.refuse, common.wrong_type

---@class engine.model.types.compound
local M = {}

--- A type that is made when something of it is first asked for: most files need not all of them.
---@param make fun(): engine.model.Type
---@return engine.model.Type
function M.lazy(make)
  return setmetatable({}, {
    __index = function(self, field)
      setmetatable(self, nil)
      for k, v in pairs(make()) do
        self[k] = v
      end
      return self[field]
    end,
  })
end

local function check_list(self, value, cx, t, k)
  if not cx:is_array(value) and (type(value) ~= "table" or not cx:is_blank(value)) then
    local item = self.item
    local is_one = type(value) ~= "table" or item.kind == "record"
      or item.choices and item.choices.table
    if self.single and is_one then
      local one = self.item:check(value, cx, t, k)
      return one ~= nil and { one, t = t, k = k } or nil
    end
    return wrong_type(self, value, cx, t, k)
  elseif #value == 0 and self.min > 0 then
    return refuse(cx, t, k, "is an empty list", "expected " .. self.expects)
  end
  local count = #value
  local list
  if count <= 1 then -- room for all of them at once
    list = { nil, t = value }
  elseif count <= 4 then
    list = { nil, nil, nil, nil, t = value }
  else
    list = { t = value }
  end
  local item_type, within, whole = self.item, cx.within, true
  local check = item_type.check
  cx.within = k
  for i = 1, count do
    local item
    if value[i] ~= BAD then
      item = check(item_type, value[i], cx, value, i)
    end
    if item == nil then
      whole, item = false, false
    end
    list[i] = item
  end
  cx.within = within
  return (whole or self.partial) and list or nil
end

--- A list of checked values with `t`, the array of the file they stand in.  `single`: one value may
--- stand for a list of one; then `t` and `k` are its place.  `partial`: in a list with wrong items
--- these are false; else there is no list.
function M.list(item, opts)
  opts = opts or {}
  local expects = opts.expects or "a list of " .. (opts.plural or item.plural or item.expects)
  return {
    kind = "list",
    expects = opts.single and item.expects .. " or " .. expects or expects,
    sample = opts.sample or "[" .. item.sample .. "]",
    item = item,
    single = opts.single or false,
    partial = opts.partial or false,
    min = opts.min or 0,
    check = check_list,
  }
end

local function check_map(self, value, cx, t, k)
  if not cx:is_table(value) then
    return wrong_type(self, value, cx, t, k)
  end
  local list, whole = { nil, nil, nil, nil, t = value }, true
  local keys, test, item_type = cx:keys(value), self.test, self.item
  for i = 1, #keys do
    local key = keys[i]
    local why = test and test(key)
    if #key > common.NAME_MAX then
      why = ("is longer than %d bytes"):format(common.NAME_MAX)
    end
    if why then
      cx:at_key("P103", value, key, ("%s %s"):format(cx:name(key), why))
    end
    local item
    if value[key] ~= BAD then
      item = item_type.check(item_type, value[key], cx, value, key)
    end
    whole = whole and item ~= nil and not why
    list[i] = { key = key, value = item }
  end
  if #list < self.min then
    cx:at_value("P112", t, k, ("%s holds no check"):format(cx:name(k)), "expected one at least")
  end
  return (whole or self.partial) and list or nil
end

--- A table whose keys the user chooses: a list of `{ key =, value = }` in the file's order, with
--- `t`, the table of the file.  `test(key)` returns what is wrong with a key, or nil; `min` checks
--- there must be.  `partial`: there is a list also when a value in it is wrong, which is nil then.
function M.map(item, opts)
  opts = opts or {}
  return {
    kind = "map",
    expects = opts.expects or "a table",
    sample = opts.sample or "{ a = " .. item.sample .. " }",
    item = item,
    test = opts.test,
    fits = opts.fits,
    min = opts.min or 0,
    partial = opts.partial or false,
    check = check_map,
  }
end

local function check_either(self, value, cx, t, k)
  local kind = type(value)
  if kind == "number" then
    kind = math.type(value)
  elseif kind == "table" then
    kind = cx:is_array(value) and "array" or cx:is_time(value) and "time" or "table"
  end
  local choice = self.choices[kind]
  if not choice then
    return wrong_type(self, value, cx, t, k)
  end
  return choice:check(value, cx, t, k)
end

--- A type for each kind of value: string, integer, float, boolean, array, table, time.
function M.either(expects, choices, sample)
  return {
    kind = "either",
    expects = expects,
    sample = sample,
    choices = choices,
    check = check_either,
  }
end

return M
