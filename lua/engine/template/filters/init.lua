--- The filters of templates: name → function(ctx, value, args).
---
--- A table: an override adds to it, or replaces one of them.
---@class engine.template.filters
---@field [string] fun(ctx: engine.template.Context, value: any, args: table<string, any>): any
return require("engine.template.groups").open("engine.template.filters.", {
  text = [[addslashes as_str capitalize indent linebreaksbr lower replace split title trim trim_end
    trim_end_matches trim_start trim_start_matches truncate upper wordcount]],
  web = "escape escape_xml safe slugify spaceless striptags urlencode urlencode_strict",
  number = "abs filesizeformat float int pluralize round",
  array = "concat filter first group_by join last map nth slice sort unique",
  object = "default get json_encode length reverse",
  date = "date",
  words = "camel kebab pascal slug snake",
  encode = "toml_encode",
})
