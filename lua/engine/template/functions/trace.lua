--- Functions for traces: numbers and headers of W3C Trace Context and W3C Baggage.
local arguments = require("engine.template.arguments")
local draw = require("engine.template.draw")
local ids = require("engine.generate.ids")
local value = require("engine.template.value")

---@class engine.template.functions.trace
local M = {}

function M.trace_id(ctx, args)
  return ids.trace_id(draw.stream(ctx, "trace_id", args))
end

function M.span_id(ctx, args)
  return ids.span_id(draw.stream(ctx, "span_id", args))
end

local function given_id(args, name, digits)
  local given = arguments.optional("traceparent", args, name, "String")
  if given and (#given ~= digits or given:find("[^0-9a-f]") or not given:find("[^0]")) then
    value.fail("Function `traceparent` received %s=`%s`, which is not %d hexadecimal digits", name,
      given, digits)
  end
  return given
end

function M.traceparent(ctx, args)
  local sampled = args.sampled
  if sampled ~= nil and type(sampled) ~= "boolean" and sampled ~= 0 and sampled ~= 1 then
    value.fail("Function `traceparent` received sampled=%s: write true or false",
      value.text(sampled))
  end
  local stream = draw.stream(ctx, "traceparent", args)
  local trace_id, span_id = ids.trace_id(stream), ids.span_id(stream)
  return ("00-%s-%s-%s"):format(given_id(args, "trace_id", 32) or trace_id,
    given_id(args, "span_id", 16) or span_id,
    (sampled == false or sampled == 0) and "00" or "01")
end

local function entry(key, v)
  if not key:find("^[%w!#$%%&'*+%-.^_`|~]+$") then
    value.fail("`%s` cannot be a key of baggage", key)
  end
  return key .. "=" .. value.text(v):gsub("[^%w%-%._~]", function(c)
    return ("%%%02X"):format(c:byte())
  end)
end

--- The entries of `map`, and every other argument.
function M.baggage(_, args)
  local entries, out = {}, {}
  if args.map ~= nil and value.kind(args.map) ~= "object" then
    value.fail("Function `baggage` received map=%s but `map` can only be an object",
      value.text(args.map))
  end
  for key, v in pairs(args.map or {}) do
    entries[key] = v
  end
  for key, v in pairs(args) do
    if key ~= "map" then
      entries[key] = v
    end
  end
  for i, key in ipairs(value.keys(entries)) do
    out[i] = entry(key, entries[key])
  end
  return table.concat(out, ",")
end

return M
