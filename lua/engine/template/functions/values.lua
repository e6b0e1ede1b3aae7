--- Functions of values: the environment, digests, TOML, numbers in a row, names.
local arguments = require("engine.template.arguments")
local draw = require("engine.template.draw")
local hash = require("core.hash")
local toml_text = require("engine.template.toml_text")
local value = require("engine.template.value")
local words = require("engine.template.words")

---@class engine.template.functions.values
local M = {}

local argument = arguments.of_function

function M.env(ctx, args)
  local found = ctx.env(argument("env", args, "name", "String"))
  if found ~= nil then
    return found
  end
  return args.default == nil and "" or args.default
end

function M.sha256(_, args)
  local digest, err = hash.sha256(argument("sha256", args, "s", "String"))
  return digest or value.fail("`sha256` cannot be computed: %s", err.message)
end

function M.toml_encode(_, args)
  if args.value == nil then
    value.fail("Function `toml_encode` was called without a `value` argument")
  end
  return toml_text.write(args.value)
end

function M.deterministic_seed(ctx)
  return draw.seed(ctx)
end

function M.seq(ctx, args)
  local name = argument("seq", args, "name", "String", "")
  local start = argument("seq", args, "start", "i64", 0)
  local step = argument("seq", args, "step", "i64", 1)
  return draw.count(ctx, "seq " .. name, start, step)
end

local function naming(name, make)
  M[name] = function(_, args)
    return make(argument(name, args, "s", "String"))
  end
end

naming("slug", words.slug)
naming("camel", words.humped)
naming("kebab", function(s)
  return words.joined(s, "-")
end)
naming("snake", function(s)
  return words.joined(s, "_")
end)
naming("pascal", function(s)
  return words.humped(s, true)
end)

return M
