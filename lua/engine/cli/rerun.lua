--- What a command that runs a test again takes over from this one: the options that can change a
--- verdict, as they were given.
---
--- Pure.
---@class engine.cli.rerun
local quote = require("engine.run.shell_word").quote

local M = {}

--- Left out are those that choose tests, end a run early, or only change what is shown.
local DECIDING = {
  ["directory"] = true, ["config"] = true, ["profile"] = true, ["backend"] = true,
  ["no-overrides"] = true, ["timeout"] = true, ["strict"] = true, ["retries"] = true,
  ["flaky"] = true, ["repeat"] = true, ["order"] = true, ["seed"] = true, ["env-file"] = true,
  ["allow"] = true,
}

--- Writes the options for a shell, each with a blank before it.
---@param given { option: engine.cli.Option, text?: string }[] of engine.cli.Line
---@return string # empty: there are none
---@nodiscard
function M.options(given)
  local last, list = {}, {}
  for i, one in ipairs(given) do
    last[one.option.key or one.option.long] = i
  end
  for i, one in ipairs(given) do
    local option = one.option
    local stands = option.list or last[option.key or option.long] == i
    if DECIDING[option.long] and stands then
      local value = one.text and (option.optional and "=" or " ") .. quote(one.text) or ""
      list[#list + 1] = " --" .. option.long .. value
    end
  end
  return table.concat(list)
end

return M
