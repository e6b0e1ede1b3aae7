--- The functions of compiled templates that write: texts, loops, includes, macros.
local core_text = require("core.text")
local json_text = require("engine.template.json_text")
local limits = require("engine.template.limits")
local value = require("engine.template.value")
local walk = require("engine.template.walk")

local M = {}

local FLUSH_PIECES = 8192

local is_number, take_walked = value.is_number, walk.take

local function raise(message, file, at, help)
  error({ template_error = message, file = file, at = at, help = help }, 0)
end

local function exceeded(run, what, file, at)
  error({ template_error = limits.messages[what], limit = what, file = file or run.z,
    at = at or run.at }, 0)
end

--- Counts bytes of texts that were made.  Large ones are garbage before the collector, which goes
--- by the number of things, would look for it.
---@param run table
---@param bytes integer
---@param file? table
---@param at? integer
function M.count_made(run, bytes, file, at)
  local all = run.made + bytes
  run.made = all
  if all > limits.MADE_BYTES then
    exceeded(run, "made", file, at)
  elseif all - run.swept > limits.GARBAGE_BYTES then
    run.swept = all
    collectgarbage()
  end
end

--- Counts a text that is made.
local function count_text(run, bytes, file, at)
  if bytes > limits.TEXT_BYTES then
    exceeded(run, "text", file, at)
  end
  M.count_made(run, bytes, file, at)
end

--- Counts a text that was made.
local function made(run, text)
  count_text(run, #text)
  return text
end

--- Texts up to this length count by it; of longer ones each counts by its own.
M.SHORT = 40

--- What going through a value costs.
local function size_of(v)
  local kind = type(v)
  return kind == "table" and #v or kind == "string" and #v >> 6 or 0
end

--- Charges for what is done, and for what is inside of values as far as that was walked.
---@param run table
---@param cost integer
function M.spend(run, cost)
  local left = run.work - cost - take_walked()
  run.work = left
  if left < 0 then
    exceeded(run, "work")
  end
end

local spend = M.spend

--- Counts what a filter, a test, a function or an operator went through.
---@param run table
---@param flat integer
---@param first any
---@param second? any
function M.work(run, flat, first, second)
  spend(run, flat + size_of(first) + size_of(second))
end

--- Counts a text that is written, when it is not a short one.
---@param run table
---@param text string
function M.count_long(run, text)
  run.long = run.long + #text
  if run.long > 2 * limits.OUTPUT_BYTES then -- what a macro wrote may count twice
    exceeded(run, "output")
  end
end

--- Joins the pieces so far.  Their lengths are added up before only when they could be too long.
local function join(run, o, n)
  local most = run.bytes + n * math.max(run.static_max, M.SHORT) + run.long
  if most > limits.OUTPUT_BYTES then
    local size = run.bytes
    for i = 1, n do
      size = size + #o[i]
    end
    if size > limits.OUTPUT_BYTES then
      exceeded(run, "output")
    end
  end
  local text = n == 1 and o[1] or assert(core_text.join(o, n))
  run.bytes = run.bytes + #text
  return text
end

--- Notes, of what is traced, which pieces a macro or an include wrote, and where it was called.
local function trace_call(o, first, last, file, at)
  if o.calls and last > first then
    o.calls[#o.calls + 1] = { first = first + 1, last = last, file = file, at = at }
  end
end

--- Binds what joins texts.
---@param H table
---@param run table
function M.texts(H, run)
  function H.XP(v, file, at)
    if type(v) == "string" then
      return v
    elseif is_number(v) then
      return value.number_text(v)
    end
    raise(("only texts and numbers can be joined by `~`, not %s"):format(value.kind_name(v)), file,
      at)
  end

  function H.XC(file, at, parts)
    local size = 0
    for i = 1, #parts do
      size = size + #parts[i]
    end
    count_text(run, size, file, at)
    return table.concat(parts)
  end

  function H.CB(v, file, at)
    if type(v) ~= "string" then
      raise("this condition must be a text", file, at)
    end
    return v ~= ""
  end

  --- Joins what there is, of pieces of which none was joined before to more than `longest` bytes.
  function H.GA(o, n, longest)
    if run.keeps_pieces then
      if n > limits.PIECES then
        exceeded(run, "pieces")
      end
      return n
    end
    run.static_max = math.max(run.static_max, longest)
    local chunks = o[0] or {}
    chunks[#chunks + 1] = join(run, o, n)
    o[0] = chunks
    return 0
  end

  function H.FL(o, n)
    return (n >= FLUSH_PIECES or run.keeps_pieces) and H.GA(o, n, 0) or n
  end

  --- Ends a text that was not written to the output: it does not count there.
  function H.FI(o, n)
    local before = run.bytes
    local text = M.finish(run, o, n)
    run.bytes = before
    return made(run, text)
  end

  H.TM = trace_call

  function H.AR(list)
    return #list == 0 and value.array(list) or list
  end

  --- Notes where the pieces of a macro or an include come from: all together from its tag.
  function H.AM(a, first, last, from)
    for i = first + 1, last do
      a[i] = 0
    end
    if last > first then
      a[first + 1] = from
    end
  end
end

--- Binds what walks values.
---@param H table
---@param run table
function M.loops(H, run)
  local function charge(count, cost, file, at)
    local left = run.s - count * cost
    run.s = left
    if left < 0 then
      exceeded(run, "steps", file, at)
    end
  end

  function H.P(v, file, at, cost)
    if type(v) == "table" then
      local count = #v
      if count > 0 or value.is_array(v) then
        charge(count, cost, file, at)
        return v, count
      end
      if value.kind(v) == "object" then
        raise("an object is walked by two names: `for key, value in …`", file, at)
      end
    elseif type(v) == "string" then
      if (utf8.len(v) or #v) > run.s then
        exceeded(run, "steps", file, at)
      end
      local list = value.graphemes(v)
      charge(#list, cost, file, at)
      run.z, run.at, run.name = file, at, nil
      spend(run, #v - #list) -- bytes that are no turn of their own were gone through, too
      return list, #list
    end
    raise(("%s cannot be walked"):format(value.kind_name(v)), file, at)
  end

  function H.PK(v, file, at, cost)
    local is_plain = type(v) == "table" and v[1] == nil and getmetatable(v) == nil
    if not is_plain and value.kind(v) ~= "object" then
      raise(("only an object is walked by two names, this is %s"):format(value.kind_name(v)), file,
        at)
    end
    local keys = value.keys(v)
    charge(#keys, cost, file, at)
    return keys, #keys, v
  end
end

local function context_text(G)
  local all, seen = {}, 0
  while type(G) == "table" and seen < 100 do
    for k, v in pairs(G) do
      if all[k] == nil then
        all[k] = v
      end
    end
    local meta = getmetatable(G)
    G, seen = meta and meta.__index, seen + 1
  end
  return json_text.write(all, true)
end

--- Binds what calls other templates and macros.
---@param H table
---@param run table
function M.blocks(H, run)
  function H.MD(file, at)
    exceeded(run, run.s < 0 and "steps" or "depth", file, at)
  end

  function H.MC(fn, file, at, ...)
    local o = {}
    return H.FI(o, fn(o, 0, file, at, ...))
  end

  function H.IC(file, at, names, ignores, o, n, G)
    local depth = run.d + 2
    run.s = run.s - limits.INCLUDE_STEPS
    if depth > 2 * limits.DEPTH or run.s < 0 then
      H.MD(file, at)
    end
    for _, name in ipairs(names) do
      local fn = run.env:included(name)
      if fn then
        run.d, run[depth], run[depth + 1] = depth, file, at
        n = fn(o, n, G)
        run.d = depth - 2
        return n
      end
    end
    if ignores then
      return n
    end
    local missing = {}
    for i, name in ipairs(names) do
      local _, why = run.env:included(name)
      missing[i] = ("`%s`%s"):format(name, why and ": " .. why or "")
    end
    raise("there is no template " .. table.concat(missing, ", "), file, at,
      run.env:nearest_template(names[1]))
  end

  function H.TC(G)
    local text = context_text(G)
    M.work(run, #text >> 1)
    return text
  end

  function H.X0(file, at, message, help)
    raise(message, file, at, help)
  end
end

--- Joins what a function of a template wrote.
---@param run table
---@param o table pieces
---@param n integer
---@return string
function M.finish(run, o, n)
  local last = join(run, o, n)
  local chunks = o[0]
  if not chunks then
    return last
  end
  chunks[#chunks + 1] = last
  return table.concat(chunks)
end

M.raise, M.made = raise, made

return M
