--- The context in which Lua values are checked as the tables of a test file are: what is wrong is
--- told with the key it is about, as "wait.port", instead of a place in a text.
local Context = require("engine.model.context")

---@class engine.model.Plain: engine.model.Context
---@field problems engine.model.plain.Problem[]
---@field is_plain true
---@field pos? engine.model.Pos what stands for every place
local M = setmetatable({}, { __index = Context })
M.__index = M

---@class engine.model.plain.Problem
---@field code string
---@field key string      "" is the whole value
---@field message string
---@field help? string

local VALUES_MAX, DEPTH_MAX = 10000, 16
local PROBLEMS_MAX = 20

---@param fields { schema: engine.model.schema, dir: string, project_dir: string }
---@return engine.model.Plain
---@nodiscard
function M.new(fields)
  local self = setmetatable(fields, M)
  self.file, self.text, self.list, self.is_plain = "", "", {}, true
  self.counts, self.strict = { error = 0, warning = 0 }, true
  self.problems, self.paths, self.count = {}, {}, 0
  self.positions = {
    keys = function(_, t)
      return self:keys(t)
    end,
    value = function()
      return 0, 1
    end,
    key = function()
      return 0, 1
    end,
  }
  return self
end

--- Names a place: "db.wait[2].port".
---@param t? table
---@param k any
---@return string
function M:path(t, k)
  local path = t and self.paths[t] or ""
  if k == nil then
    return path
  elseif math.type(k) == "integer" then
    return ("%s[%d]"):format(path, k)
  end
  local name = tostring(k):match("^[%w_-]+$") or self:quote(tostring(k))
  return path == "" and name or path .. "." .. name
end

local function tell(self, code, key, message, help)
  self.counts.error = self.counts.error + 1
  if #self.problems < PROBLEMS_MAX then
    self.problems[#self.problems + 1] = { code = code, key = key, message = message, help = help }
  end
end

--- Says what is to be done, of the two things a diagnostic can say besides its message.
local function hint_of(label, help)
  if label and not label:find("^expected") and help then
    return label .. "; " .. help
  end
  return help or label
end

function M:at_value(code, t, k, message, label, help)
  tell(self, code, self:path(t, k), message, hint_of(label, help))
end

M.at_key = M.at_value

--- What is only counted, when there is too much to be told.
function M:add(code, _, _, message, label, help)
  tell(self, code, "", message or "", hint_of(label, help))
end

function M:at_pos(code, _, message, label, help)
  tell(self, code, "", message, hint_of(label, help))
end

function M:inside(code, t, k, _, message, label, help)
  tell(self, code, self:path(t, k), message, hint_of(label, help))
end

function M:related_key() -- luacheck: ignore 212/self
  return nil
end

function M:missing_key(record, spec, t, k)
  tell(self, "P104", self:path(t, k), ("`%s` is missing in %s"):format(spec.name, record.title),
    ("add %s"):format(spec.name))
end

function M:is_full()
  return #self.problems >= PROBLEMS_MAX
end

local WORDS = {
  string = "text", boolean = "true or false", table = "a table", ["function"] = "a function",
  ["nil"] = "nil", thread = "a coroutine", userdata = "an object",
}

function M:kind(value)
  if type(value) == "number" then
    return math.type(value) == "integer" and "a whole number" or "a number with a point"
  end
  return self:is_array(value) and "a list" or WORDS[type(value)]
end

function M:is_array(value) -- luacheck: ignore 212/self
  return type(value) == "table" and value[1] ~= nil
end

--- An empty table is a list as well.
function M:is_blank(value) -- luacheck: ignore 212/self
  return type(value) == "table" and next(value) == nil
end

function M:is_time() -- luacheck: ignore 212/self
  return false
end

--- Lists the keys of a table, sorted.
function M:keys(t) -- luacheck: ignore 212/self
  local list = {}
  for k in next, t do
    list[#list + 1] = k
  end
  table.sort(list)
  return list
end

--- Says what is wrong with the keys of a table, or nil.
local function keys_problem(value)
  local count, texts = 0, 0
  for k in next, value do
    count = count + 1
    if type(k) == "string" then
      texts = texts + 1
    elseif math.type(k) ~= "integer" then
      return "has a key that is neither text nor a number of a list"
    end
  end
  if texts > 0 and texts < count then
    return "is a list and has names as well"
  end
  for i = 1, texts > 0 and 0 or count do
    if rawget(value, i) == nil then
      return "is a list with holes"
    end
  end
end

local function copy(self, value, path, depth, above)
  if type(value) ~= "table" then
    return value
  end
  self.count = self.count + 1
  local why = above[value] and "holds itself" or depth > DEPTH_MAX and "is nested too deep"
    or self.count > VALUES_MAX and "holds too much" or keys_problem(value)
  if why then
    tell(self, "P102", path, ("%s %s"):format(path == "" and "the value" or path, why))
    return {}
  end
  local made = {}
  above[value], self.paths[made] = true, path
  for k, item in next, value do
    made[k] = copy(self, item, self:path(made, k), depth + 1, above)
  end
  above[value] = nil
  return made
end

--- Copies a value of a user, without metatables, so that it can be checked: told is what no file
--- could hold.
---@param value any
---@param path? string of the value
---@return any
function M:copy(value, path)
  return copy(self, value, path or "", 0, {})
end

return M
