--- The functions of templates: name → function(ctx, args), `args` by keyword.
---
--- A table: an override adds to it, or replaces one of them.
---@class engine.template.functions
---@field [string] fun(ctx: engine.template.Context, args: table<string, any>): any
return require("engine.template.groups").open("engine.template.functions.", {
  tera = "get_env get_random now range throw",
  clock = "date_rfc3339 now_ms now_plus now_rfc3339 now_unix",
  values = "camel deterministic_seed env kebab pascal seq sha256 slug snake toml_encode",
  random = "pick rand_hex sample shuffle ulid uuid_v4 uuid_v5 uuid_v7 weighted",
  trace = "baggage span_id trace_id traceparent",
  fake = "fake", -- and fake_NAME of each kind there is
})
