--- Calls filters, functions and tests of templates, and charges for them.
local limits = require("engine.template.limits")
local output = require("engine.template.output")
local quick = require("engine.template.quick")

---@class engine.template.calls
local M = {}

local FILTER, FUNCTION, TEST = 10, 100, 4 -- what a call costs, whatever it is given
local COSTS = { date = 100 } -- of filters that take much longer than others
local SLOW = { -- what 64 bytes of a text cost by half microseconds, as measured with 280,000 bytes
  date = 640, title = 72, camel = 80, pascal = 80, kebab = 64, snake = 64, slug = 48, slugify = 48,
  indent = 44, uuid_v5 = 40, striptags = 30, spaceless = 32, trim_end = 18, trim = 14,
  trim_start = 14, int = 18, float = 13, urlencode = 12, split = 10, length = 9,
  trim_start_matches = 9, trim_end_matches = 9, urlencode_strict = 8, wordcount = 7, escape = 6,
  toml_encode = 6, reverse = 5, addslashes = 5, replace = 5, json_encode = 5, escape_xml = 5,
  lower = 4, capitalize = 4, truncate = 3,
}
local LISTS = { shuffle = 8, sample = 8, weighted = 8 } -- functions that go through a list
local MADE_BYTES = limits.MADE_BYTES

local count_made = output.count_made
local raise, made, spend, work = output.raise, output.made, output.spend, output.work

--- Says that there is no filter, test or function of that name.
local function unknown(run, kind, list, name, file, at)
  local names = {}
  for known in pairs(list) do
    names[#names + 1] = known
  end
  raise(("there is no %s `%s`"):format(kind, name), file, at,
    run.of.nearest(name, names, kind))
end

--- What it costs that a filter or a function is given a text.
local function cost_of_text(name, v)
  return #v > 63 and (#v >> 6) * (1 + (SLOW[name] or 0)) or 0
end

--- What it costs that a filter is called on a value.
local function cost_of(name, v)
  local kind = type(v)
  return kind == "string" and cost_of_text(name, v)
    or kind == "table" and 8 * #v or 0 -- it may sort or copy them
end

--- What the arguments of a call cost.
local function cost_of_all(name, args)
  local cost = 0
  for _, v in next, args do
    local kind = type(v)
    if kind == "string" then
      cost = cost + cost_of_text(name, v)
    elseif kind == "table" then
      cost = cost + (LISTS[name] or 0) * #v
    end
  end
  return cost
end

--- Binds what calls filters.
---@param H table
---@param env table
---@param run table
function M.filters(H, env, run)
  local filters = env.filters
  local fasts = {}

  function H.F(file, at, name, v, args)
    local fast = fasts[name]
    if fast == nil then
      fast = quick.of(name, filters)
      fasts[name] = fast
    end
    if fast and type(v) == "string" and #v < 64 then -- nearly all
      local result = fast(v, args)
      if result then
        local left, bytes = run.work - FILTER, run.made + #result
        run.work, run.made = left, bytes
        if left < 0 or bytes > MADE_BYTES then
          run.z, run.at, run.name = file, at, name
          spend(run, 0)
          made(run, "")
        end
        return result
      end
    end
    local filter = filters[name]
    if not filter then
      unknown(run, "filter", filters, name, file, at)
    end
    run.z, run.at, run.name = file, at, name
    spend(run, (COSTS[name] or FILTER) + cost_of(name, v) + cost_of_all(name, args))
    local result = fast and fast(v, args) or filter(run.env.ctx, v, args)
    if type(result) == "string" then
      spend(run, #result >> 6)
      return made(run, result)
    end
    work(run, 0, result)
    if result == nil then
      raise(("the filter `%s` gave nothing"):format(name), file, at)
    end
    return result
  end
end

--- Counts the texts that a function made: it took the longer the longer they are.
local function count_texts(run, list)
  local bytes = 0
  for _, text in ipairs(list) do
    bytes = bytes + #text
  end
  spend(run, bytes >> 2)
  count_made(run, bytes)
end

--- Binds what calls functions and tests.
---@param H table
---@param env table
---@param run table
function M.others(H, env, run)
  local tests, functions = env.tests, env.functions

  function H.L(file, at, name, args)
    local fn = functions[name]
    if not fn then
      unknown(run, "function", functions, name, file, at)
    end
    run.z, run.at, run.name = file, at, name
    spend(run, FUNCTION + cost_of_all(name, args))
    local result = fn(run.env.ctx, args)
    work(run, 0, result)
    if type(result) == "table" and type(result[1]) == "string" then
      count_texts(run, result)
    end
    if type(result) == "string" then
      return made(run, result)
    elseif result == nil then
      raise(("the function `%s` gave nothing"):format(name), file, at)
    end
    return result
  end

  function H.T(file, at, name, v, args)
    local test = tests[name]
    if not test then
      unknown(run, "test", tests, name, file, at)
    end
    run.z, run.at, run.name = file, at, name
    work(run, TEST, v, args[1])
    local is_so = test(run.env.ctx, v, args) and true or false
    work(run, 0)
    return is_so
  end
end

return M
