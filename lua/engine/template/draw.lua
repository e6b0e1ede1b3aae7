--- Which stream of random numbers a call of a template has.
---
--- A call with `seed` always has the first stream of that seed.  Without one, the seed is the
--- file's (or one drawn of the kernel, once for a rendering), and each generator counts its calls.
local random = require("engine.random")
local stream = require("engine.generate.stream")
local value = require("engine.template.value")

---@class engine.template.draw
local M = {}

--- Tells the seed of a rendering.
---@param ctx engine.template.Context
---@return integer|string
function M.seed(ctx)
  ctx.has_asked_seed = true
  local seed = ctx.seed
  if seed == nil then
    seed = ctx.counters["drawn seed"]
  end
  if seed == nil then
    seed = ("<I4"):unpack(random.bytes(4)) -- one that people can type
    ctx.counters["drawn seed"] = seed
  end
  return seed
end

--- Tells the seed that a rendering has drawn; nil when it had one, or drew nothing.
---@param ctx engine.template.Context
---@return integer?
function M.drawn(ctx)
  return ctx.counters["drawn seed"]
end

--- Makes the counters of a rendering.
---@param drawn? integer the seed that another one has drawn, to draw what that one drew
---@return table<string, integer>
function M.counters(drawn)
  return { ["drawn seed"] = drawn }
end

--- Counts up what is kept for a rendering.
---@param ctx engine.template.Context
---@param key string
---@param start integer
---@param step integer
---@return integer the number before
function M.count(ctx, key, start, step)
  local n = ctx.counters[key]
  n = n == nil and start or n
  ctx.counters[key] = n + step
  return n
end

--- Opens the stream of a call.
---@param ctx engine.template.Context
---@param name string of the generator
---@param args table<string, any> `seed` is read
---@return engine.generate.Stream
function M.stream(ctx, name, args)
  local seed = args.seed
  if seed == nil then
    return stream.of(M.seed(ctx), name, M.count(ctx, "calls of " .. name, 0, 1))
  elseif math.type(seed) ~= "integer" and type(seed) ~= "string" then
    value.fail("Function `%s` received seed=%s but `seed` can only be an integer or a string", name,
      value.text(seed))
  end
  return stream.of(seed, name, 0)
end

return M
