--- The functions of templates: name → function(ctx, args), `args` by keyword.
---
--- A table: an override adds to it, or replaces one of them.
local arguments = require("engine.template.arguments")

--- Reads which arguments a function has from what users are told of it; nil: any.
local function known_of(name)
  local entry = require("engine.template.reference.functions")[name]
  if not entry or entry[1]:find("…", 1, true) then
    return nil
  end
  local known = {}
  for argument in (entry[1] .. ","):gmatch("([%a_][%w_]*)[^,]*,") do
    known[argument] = true
  end
  return known
end

--- Makes a function that refuses arguments which it does not know.  Tera's own take any; those of
--- fake data hang on its kind and look for themselves.
local function strict(group, name, fn)
  if group == "tera" or group == "fake" then
    return fn
  end
  local known
  return function(ctx, args)
    if next(args) ~= nil then
      known = known or known_of(name)
      if known then
        arguments.check_known(name, args, known)
      end
    end
    return fn(ctx, args)
  end
end

---@class engine.template.functions
---@field [string] fun(ctx: engine.template.Context, args: table<string, any>): any
return require("engine.template.groups").open("engine.template.functions.", {
  tera = "get_env get_random now range throw",
  clock = "date_rfc3339 now_ms now_plus now_rfc3339 now_unix",
  values = "camel deterministic_seed env kebab pascal seq sha256 slug snake toml_encode",
  random = "pick rand_hex sample shuffle ulid uuid_v4 uuid_v5 uuid_v7 weighted",
  trace = "baggage span_id trace_id traceparent",
  fake = "fake", -- and fake_NAME of each kind there is
}, strict)
