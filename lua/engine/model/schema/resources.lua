--- Schema of what scenarios share: locks and groups, in [meta] and in [[scenario]].
local record = require("engine.model.record")
local types = require("engine.model.types")

local key = record.key

local M = {}

local LOCK = types.either("the name of a lock, or { name = …, shared = true }", {
  string = types.name(),
  table = record.new({
    title = "a lock",
    sample = '{ name = "db", shared = true }',
    keys = {
      key("name", types.name('"db"'), "Its name.", { required = true }),
      key("shared", types.boolean(), "Beside others who only share it.", { default = false }),
    },
  }),
}, '"db"')

--- The keys, for a table whose scenarios have them.
function M.keys()
  return {
    key("locks", types.list(LOCK, { single = true }),
      "Who has the same lock does not run at the same time: names, or `{ name, shared = true }`.",
      { tried = { "lock", "mutex", "serial", "exclusive" } }),
    key("group", types.name('"browser"'),
      "Of a group, so many run at once as `[groups.NAME] max` of clnrm.toml says."),
  }
end

return M
