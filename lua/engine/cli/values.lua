--- Reads the value of an option: one function for each kind of the option table.
---
--- Each returns the value, or nil and what would have been right.
---@class engine.cli.values
local M = {}

local JOBS_MAX = 1024
local RETRIES_MAX = 100
local SEED_MAX = (1 << 53) - 1
local SHARDS_MAX = 10000
local REPEAT_MAX = 1000000
local REPEAT_BOUND = 1000 -- of until-fail, when it says none
local MS = { ms = 1, s = 1000, m = 60000, h = 3600000 }
local TIME_MAX_MS = 1000 * 3600000

--- Any text.
function M.text(text)
  return text
end

--- One of several texts.
function M.texts(text)
  return { text }
end

--- K=V: a name of tags, and its value.
function M.define(text)
  local name, value = text:match("^([^=]*)=(.*)$")
  if not name then
    return nil, "NAME=VALUE, such as -D region=eu"
  end
  local why, hint = require("engine.template.defined").bad_name(name)
  if why then
    return nil, "NAME=VALUE", hint or why
  end
  return { name = name, text = value }
end

--- Words parted by commas; one may have blanks in it.
function M.words(text)
  local words, trim = {}, require("engine.trim").both
  for part in text:gmatch("[^,]+") do
    local word = trim(part)
    words[#words + 1] = word ~= "" and word or nil
  end
  if not words[1] then
    return nil, "words parted by commas"
  end
  return words
end

--- A count from 1.
function M.integer(text)
  local n = text:match("^%d+$") and math.tointeger(tonumber(text))
  if not n or n < 1 then
    return nil, "a number from 1"
  end
  return n
end

--- A count from 0.
function M.count_from_0(text)
  local n = text:match("^%d+$") and math.tointeger(tonumber(text))
  if not n or n > RETRIES_MAX then
    return nil, ("a number from 0 to %d"):format(RETRIES_MAX)
  end
  return n
end

local MS_MAX = 600000

--- Milliseconds from 0.
function M.ms(text)
  local n = text:match("^%d+$") and math.tointeger(tonumber(text))
  if not n or n > MS_MAX then
    return nil, ("milliseconds from 0 to %d"):format(MS_MAX)
  end
  return n
end

local PORT_MAX = 65535

--- A port of TCP.
function M.port(text)
  local n = text:match("^%d+$") and math.tointeger(tonumber(text))
  if not n or n < 1 or n > PORT_MAX then
    return nil, ("a port from 1 to %d"):format(PORT_MAX)
  end
  return n
end

--- How often each test is run: N, or until-fail[=N], which ends with the first that is not good.
function M.times(text)
  local bound = text:match("^until%-fail=?(.*)$")
  local digits = bound and bound ~= "" and bound or not bound and text or tostring(REPEAT_BOUND)
  local n = not text:find("=$") and M.integer(digits)
  if not n or n > REPEAT_MAX then
    return nil, ("a number from 1 to %d, until-fail, or until-fail=N"):format(REPEAT_MAX),
      bound == nil and text:find("fail") and "did you mean 'until-fail'?" or nil
  end
  return { count = n, until_fail = bound ~= nil }
end

--- A number that JSON holds exactly.
function M.seed(text)
  local n = text:match("^%d+$") and math.tointeger(tonumber(text))
  if not n or n > SEED_MAX then
    return nil, ("a number from 0 to %d"):format(SEED_MAX)
  end
  return n
end

--- A time for clocks to stand still at.
function M.instant(text)
  local ms = require("engine.determinism").read_time(text)
  if not ms then
    return nil, "a date and time since 1970 with an offset, like 2025-01-01T00:00:00Z"
  end
  return ms
end

--- I/M: part I of M.
function M.shard(text)
  local index, count = text:match("^(%d+)/(%d+)$")
  index, count = math.tointeger(tonumber(index)), math.tointeger(tonumber(count))
  if not index or not count or index < 1 or index > count or count > SHARDS_MAX then
    local of = count and count >= 1 and count <= SHARDS_MAX and count or 4
    return nil, ("I/M, part I of M: 1/%d to %d/%d"):format(of, of, of)
  end
  return { index = index, count = count }
end

--- L1:L2, the first and the last of some lines.
function M.lines(text)
  local first, last = text:match("^(%d+):(%d+)$")
  first, last = math.tointeger(tonumber(first)), math.tointeger(tonumber(last))
  if not first or not last or first < 1 or last < first then
    return nil, "L1:L2, the first and the last line, from 1"
  end
  return { first, last }
end

local function between(text, min, max)
  local n = text:match("^%d+$") and math.tointeger(tonumber(text))
  if not n or n < min or n > max then
    return nil, ("a number from %d to %d"):format(min, max)
  end
  return n
end

--- A width in columns.
function M.columns(text)
  return between(text, 20, 1000)
end

--- The blanks of a level.
function M.indent(text)
  return between(text, 0, 16)
end

--- A number of slots, or "auto".
function M.jobs(text)
  if text == "auto" then
    return "auto"
  end
  local n = M.integer(text)
  if not n or n > JOBS_MAX then
    return nil, ("a number from 1 to %d, or auto"):format(JOBS_MAX)
  end
  return n
end

local SWITCH = {
  ["1"] = true, on = true, yes = true, ["true"] = true,
  ["0"] = false, off = false, no = false, ["false"] = false,
}

--- On or off.
function M.switch(text)
  local value = SWITCH[text]
  if value == nil then
    return nil, "true or false"
  end
  return value
end

--- On or off, or how many; on is 1.
function M.switch_or_count(text)
  local count = M.integer(text)
  if count then
    return count
  end
  local value = M.switch(text)
  if value == nil then
    return nil, "true, false or a number from 1"
  end
  return value and 1 or false
end

--- A duration in milliseconds: seconds without a unit, or "500ms" "10s" "2m" "1h".
function M.time(text)
  local digits, unit = text:match("^(%d+%.?%d*)(%a*)$")
  local factor = MS[unit == "" and "s" or unit]
  local n = digits and factor and tonumber(digits) * factor
  if not n or n <= 0 or n > TIME_MAX_MS then
    return nil, "a time such as 500ms, 10s, 2m or 1h"
  end
  return math.ceil(n)
end

--- One of the option's words.
function M.choice(text, option)
  for _, value in ipairs(option.values) do
    if value == text then
      return value
    end
  end
  for _, value in ipairs(option.later_values or {}) do
    if value == text then
      return nil, nil, ("'%s' is not in this build"):format(text)
    end
  end
  local near = require("engine.suggest").nearest(text, option.values)
  local wanted = "one of " .. table.concat(option.values, ", ")
  return nil, wanted, near and ("did you mean '%s'?"):format(near)
end

--- A template of `clnrm init`.
function M.template(text, option)
  local templates = require("engine.templates")
  local later = templates.LATER[text]
  if templates.get(text) then
    return text
  elseif later then
    return nil, nil, ("'%s' is not in this build: %s"):format(text, later.lacks)
  end
  local names = table.move(templates.KINDS, 1, #templates.KINDS, 2, { "hello" })
  return M.choice(text, { values = names, later_values = option.later_values })
end

M.report_kinds =
  { "json", "junit", "tap", "md", "github", "events", "line", "dot", "concise" }
M.report_kinds_later = { html = true, sarif = true }

--- A reporter of the project: FILE.lua, or FILE.lua=REPORT.
local function own_reporter(text)
  local module, file = text:match("^(.-%.lua)=(.*)$")
  module = module or text:match("^.+%.lua$")
  if not module or text:match("^[%w-]+=") then
    return nil
  elseif file == "" then
    return false, "the name of a file"
  end
  return { kind = "custom", module = module, file = file }
end

--- KIND=FILE; the option that fixes the kind takes the file alone.  What GitHub's runner reads goes
--- where it reads, when no file is named.
function M.report(text, option)
  local kind, file = option.report_kind, text
  if not kind then
    kind, file = text:match("^([%w-]+)=(.*)$")
    local own, why = own_reporter(text)
    if own ~= nil then
      return own or nil, why
    elseif text == "github" then
      return { kind = text }
    elseif not kind then
      return nil, "KIND=FILE, such as junit=report.xml, or a reporter in Lua: my.lua"
    end
    if M.report_kinds_later[kind] then
      return nil, nil, ("reports of kind '%s' are not in this build"):format(kind)
    end
    local _, wanted, hint = M.choice(kind, { values = M.report_kinds })
    if wanted then
      return nil, "KIND=FILE with KIND " .. wanted, hint
    end
  end
  if file == "" then
    return nil, "the name of a file"
  end
  return { kind = kind, file = file }
end

return M
