--- What the agent of a room reported, in words: who tried what that is forbidden.
---
--- Pure.
---@class engine.policy.reports
local M = {}

local WORDS_MAX = 60 -- bytes of a command line in a message

--- The code of each kind, and what was tried.
local KINDS = {
  x = { "H001", "run %s, which lies in a place that can be written to" },
  m = { "H001", "load %s, which lies in a place that can be written to" },
  f = { "H001", "make %s that could be run" },
  s = { "H002", "open %s" },
  c = { "H002", "reach %s, which is outside of the room" },
  n = { "H003", "look up %s, which is not in allowed_network_hosts" },
  i = { "H004", "look into another process: %s" },
  b = { "H013", "make %s, which is not watched and not let through" },
  w = { "H012", "write %s, and nothing here can be written to" },
  t = { "H005", "take away %s, by which disallowed commands are told" },
  d = { "H005", "run %s, a disallowed command" },
}

local function short(text)
  text = text:gsub("[%c\127]+", " ")
  if #text > WORDS_MAX then
    return text:sub(1, WORDS_MAX):gsub("[\128-\191]*[\192-\255]?$", "") .. "…"
  end
  return text
end

--- Names the program: "python3 (pid 12: python3 -c …)".
local function who_of(report)
  if report.name == "" then
    return "a command"
  elseif report.argv == "" then
    return ("%s (pid %d)"):format(short(report.name), report.pid)
  end
  return ("%s (pid %d: `%s`)"):format(short(report.name), report.pid, short(report.argv))
end

local function times_of(count)
  return count > 1 and (", %d times"):format(count) or ""
end

--- Whether a report is of a program that was not run, since it would run disallowed commands in
--- itself.
---@param report core.room.Report
---@param what string the beginning of its command line
---@return boolean
---@nodiscard
function M.is_unwatched(report, what)
  return report.kind == "u" and report.what == what
end

--- Makes the finding of a program that would run disallowed commands in itself: not a breach, but
--- nothing could be told of one.
local function unwatched(report, step, own)
  local names = {}
  for i, name in ipairs(own) do
    names[i] = "`" .. short(name) .. "`"
  end
  return {
    verdict = "error",
    code = "H009",
    message = ("%s`%s` was not run: it is busybox, which runs %s in itself, where no disallowed "
      .. "command can be watched"):format(step and step .. ": " or "", short(report.what),
      table.concat(names, ", ")),
    detail = { help = "write commands as lists, which need no shell; or take an image whose "
      .. "/bin/sh runs programs from PATH" },
  }
end

--- Makes a finding of a report.
---@param report core.room.Report
---@param step? string what the report's command is called
---@param own? string[] commands that a shell runs in itself
---@return engine.run.Finding
---@nodiscard
function M.finding(report, step, own)
  if report.kind == "u" then
    return unwatched(report, step, own or {})
  end
  local kind, message = KINDS[report.kind]
  local from = step and step .. ": " or ""
  if kind then
    local what = kind[2]:format("`" .. short(report.what) .. "`")
    message = ("%s%s tried to %s%s"):format(from, who_of(report), what, times_of(report.count))
  elseif report.kind == "r" then
    kind = { "H002" }
    message = from .. "something was sent to addresses outside of the room, by the kernel's count"
  else
    kind = { "H007" }
    message = ("%d more attempts of other kinds: too many to be told one by one"):format(
      report.count)
  end
  return { verdict = "policy", code = kind[1], message = message, by = step }
end

return M
