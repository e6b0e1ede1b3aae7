--- The one option table: parsing, `-h`, `--help`, docs/reference/cli.md and `help --json` are views
--- of it.
---
--- `commands` names where an option has its effect ("global": everywhere, before and after the
--- command); `later` names where it is known but this build does not have it yet: there it is
--- refused, never read and ignored.
---@class engine.cli.Option
---@field long string        without dashes
---@field short? string
---@field short_of? table<string, string> its letter behind a command and its first word, where that
---                          letter is another option's elsewhere
---@field alias? string[]    further names, long ones without dashes, short ones of one letter
---@field key? string        where the value is kept (default: the long name)
---@field arg? string        what help shows for the value; nil: a switch
---@field optional? boolean  the value may be left out, and is only taken after "="
---@field kind? string       how the value is read: text count integer jobs time choice report
---@field value? any         a switch stores this (default true)
---@field values? string[]   of kind choice
---@field later_values? string[] known, but not in this build
---@field report_kind? string of kind report: the option takes the file alone
---@field list? boolean      repeatable: values are collected
---@field commands? string[]
---@field later? string[]
---@field default? string    as help shows it
---@field top? boolean|string[] shown by -h, of all commands that have it or of these
---@field means? string       a command: before any other the option means this one
---@field text string        meaning, one line
---@field text_of? table<string, string> its meaning in a command, where that is another one
---@field arg_of? table<string, string> what help shows for the value there
---@field why? string        said when it is refused as not in this build
---@field meant? table<string, string> a hint, by command, for who took it for something else

local PARTS = {
  "global", "screen", "run", "dev", "selection", "other", "render", "later", "lint", "fmt", "lsp",
  "diff", "repl",
}

---@type engine.cli.Option[]
local options = {}
for _, part in ipairs(PARTS) do
  local list = require("engine.cli.options." .. part)
  table.move(list, 1, #list, #options + 1, options)
end
return options
