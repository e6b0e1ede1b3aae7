--- Fake data by kind: people, places, companies, addresses of the net, texts, numbers, files.
---
--- A kind is a function of a stream and of its options; `options` has their defaults.  Both are
--- plain tables: an override adds a kind, or replaces one.
---@class engine.generate.fake
---@field kinds table<string, fun(stream: engine.generate.Stream, options: table): any>
---@field options table<string, table<string, number>> of each kind that has some
---@field aliases table<string, string> dotted names of earlier files → kind
local M = { kinds = {}, options = {} }

--- Most signs of a text, words of a sentence, values of a list.
M.COUNT_MAX = 100000

for _, group in ipairs({ "people", "net", "place", "company", "text", "number", "file" }) do
  for name, value in pairs(require("engine.generate.fake." .. group)) do
    if type(value) == "function" then
      M.kinds[name] = value
    else -- PASSWORD_OPTIONS are those of "password"
      M.options[name:match("^(.*)_OPTIONS$"):lower()] = value
    end
  end
end

M.aliases = {
  ["name.full"] = "name", ["name.first"] = "first_name", ["name.last"] = "last_name",
  ["name.title"] = "title", ["internet.email.safe"] = "email", ["internet.email.free"] = "email",
  ["internet.username"] = "username", ["internet.password"] = "password",
  ["internet.domain.suffix"] = "domain", ["internet.ip.any"] = "ipv4", ["internet.ip.v4"] = "ipv4",
  ["internet.ip.v6"] = "ipv6", ["address.city"] = "city", ["address.country"] = "country",
  ["address.street.name"] = "street", ["address.street.address"] = "street",
  ["address.zip"] = "zip", ["company.name"] = "company", ["company.industry"] = "industry",
  ["company.profession"] = "profession", ["lorem.word"] = "word", ["lorem.sentence"] = "sentence",
  ["lorem.paragraph"] = "paragraph", ["phone.number"] = "phone", ["uuid.v4"] = "uuid",
}

--- Lists the kinds.
---@return string[] sorted
function M.list()
  local names = {}
  for name in pairs(M.kinds) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

local function check_range(name, value, max)
  if value < 0 or value > max then
    return ("`%s` must be from 0 to %d"):format(name, max)
  end
end

-- Options that say how much is made: bounded.  `min` and `max` of numbers are not.
local SIZES = {
  password = { "min", "max" }, words = { "count" }, sentence = { "min", "max" },
  paragraph = { "min", "max" }, string = { "len" },
}

local function problem_of(kind, o)
  if o.min and o.max and o.min > o.max then
    return "`min` must not be greater than `max`"
  elseif kind == "bool" and (o.ratio < 0 or o.ratio > 100) then
    return "`ratio` must be from 0 to 100"
  end
  for _, name in ipairs(SIZES[kind] or {}) do
    local problem = check_range(name, o[name], kind == "paragraph" and 1000 or M.COUNT_MAX)
    if problem then
      return problem
    end
  end
end

--- Reads the options of a kind: unknown ones and wrong types are told.
---@param kind string
---@param given table<string, any>
---@return table? options
---@return string? problem
function M.read(kind, given)
  local options = {}
  for name, default in pairs(M.options[kind] or {}) do
    local value = given[name]
    if value == nil then
      value = default
    elseif math.type(default) == "integer" and math.type(value) ~= "integer"
      or type(value) ~= "number" then
      return nil, ("`%s` must be a%s number"):format(name,
        math.type(default) == "integer" and " whole" or "")
    end
    options[name] = value
  end
  local problem = problem_of(kind, options)
  return not problem and options or nil, problem
end

--- Makes a value.
---@param kind string
---@param stream engine.generate.Stream
---@param options? table as read() gives it; default the defaults
---@return any
function M.make(kind, stream, options)
  return M.kinds[kind](stream, options or M.options[kind] or {})
end

return M
