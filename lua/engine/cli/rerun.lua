--- What a command that runs a test again takes over from this one: the options that can change a
--- verdict, as they were given.
---
--- Pure.
---@class engine.cli.rerun
local escape = require("core.text").escape
local mask = require("engine.secrets.word").mask
local quote = require("engine.run.shell_word").quote

local M = {}

--- Left out are those that choose tests, end a run early, or only change what is shown.
local DECIDING = {
  ["directory"] = true, ["config"] = true, ["profile"] = true, ["backend"] = true,
  ["no-overrides"] = true, ["timeout"] = true, ["strict"] = true, ["retries"] = true,
  ["flaky"] = true, ["repeat"] = true, ["order"] = true, ["seed"] = true, ["env-file"] = true,
  ["allow"] = true, ["locked"] = true, ["freeze"] = true, ["define"] = true, ["vars"] = true,
}

local UNTYPED = "no command to copy: %s has characters that are not shown as they are; "
  .. "give it as before"

--- What was written behind an option; of -D without what may be secret, for the command is shown
--- and kept.
local function text_of(one)
  return one.option.kind == "define" and mask(one.text) or one.text
end

--- Names an option for a note; one of -D with the name that it gives a value to.
local function title_of(one)
  local name = one.option.kind == "define" and one.text:match("^[%w_-]+")
  return "--" .. one.option.long .. (name and " " .. name or "")
end

--- Takes those that can change a verdict, and stand: of one that is no list, the last.
local function deciding(given)
  local last, list = {}, {}
  for i, one in ipairs(given) do
    last[one.option.key or one.option.long] = i
  end
  for i, one in ipairs(given) do
    local option = one.option
    local stands = option.list or last[option.key or option.long] == i
    list[#list + 1] = DECIDING[option.long] and stands and one or nil
  end
  return list
end

--- Says what whoever copies the command has to add.
local function note_of(masked, stream)
  local notes = {}
  if masked[1] then
    notes[1] = ("*** stands for the %s of %s: give %s"):format(masked[2] and "values" or "value",
      table.concat(masked, " and "), masked[2] and "them" or "it")
  end
  if stream then
    notes[#notes + 1] = ("--vars %s reads %s: give it the same values"):format(stream,
      (stream == "-" or stream == "/dev/stdin") and "standard input" or "a pipe")
  end
  return notes[1] and table.concat(notes, "; ")
end

--- Writes the options for a shell, each with a blank before it.
---
--- A text that a screen shows escaped would be another one when it is copied: then there is no
--- command, rather than one that tests something else.
---@param given { option: engine.cli.Option, text?: string }[] of engine.cli.Line
---@return string|false options empty: there are none; false: they cannot be copied
---@return string? note what a command with them lacks, or why there is none
---@nodiscard
function M.options(given)
  local list, masked, stream = {}, {}, nil
  for _, one in ipairs(deciding(given)) do
    local option, shown = one.option, one.text and text_of(one)
    if shown and escape(shown, { line = true }) ~= shown then
      return false, UNTYPED:format(title_of(one))
    elseif shown ~= one.text and not masked[title_of(one)] then
      masked[#masked + 1], masked[title_of(one)] = title_of(one), true
    end
    if option.long == "vars" and (shown == "-" or shown:find("^/dev/stdin$")
      or shown:find("^/dev/fd/") or shown:find("^/proc/self/fd/")) then
      stream = shown
    end
    local value = shown and (option.optional and "=" or " ") .. quote(shown) or ""
    list[#list + 1] = " --" .. option.long .. value
  end
  return table.concat(list), note_of(masked, stream)
end

return M
