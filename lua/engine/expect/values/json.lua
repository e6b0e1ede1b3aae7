--- `json`: the value at a path.
---
--- Pure.
local base = require("engine.expect.values.base")
local core_json = require("core.json")
local inspect = require("engine.expect.inspect")
local json = require("engine.expect.json")
local jsonpath = require("engine.jsonpath")
local texts = require("engine.expect.text")

---@type table<string, engine.expect.ValueMatcher>
local M = {}

local line = inspect.line

-- json

local function pack_json(args)
  local path, value = args[1], args[2]
  local entries = path
  if args.n == 2 and type(path) == "string" and value ~= nil then
    entries = { [path] = value }
  elseif args.n ~= 1 or not json.accepts(path) then
    return nil, "json() needs a path and a value (null is clnrm.json.null), or a table of them"
  end
  for _, each in ipairs(inspect.keys(entries)) do
    local steps, err = jsonpath.parse(each)
    if not steps then
      return nil, err.message
    end
    local form, why = core_json.encode(entries[each], { invalid = "replace" })
    if not form then -- it equals nothing, and `.no` would hold of everything
      return nil, ("json() of %s: %s"):format(each, why.message)
    end
  end
  return { entries }
end

local function check(actual, expected, ctx)
  if type(actual) == "string" then
    return texts.json(actual, expected, ctx)
  end
  return json.check_value(actual, expected, ctx)
end

M.json = {
  code = "T108",
  pack = pack_json,
  refuse = function(actual)
    if type(actual) ~= "string" and type(actual) ~= "table" then
      return base.with_type(actual) .. ", neither JSON text nor a table read from one"
    end
  end,
  check = base.of_first(check),
  deny = function(actual, expected, ctx) -- none of the paths may lead to its value
    for _, entry in ipairs(json.entries(expected[1])) do
      local ok, message, detail = check(actual, entry, ctx)
      if ok then
        return false, ("%s: %s is %s"):format(ctx.subject, entry.path, line(entry.value, 60))
      elseif ok == nil or detail and detail.unfit then
        return ok, message, detail
      end
    end
    return true
  end,
  says = base.says("has the JSON"),
}

return M
