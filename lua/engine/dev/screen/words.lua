--- Short words and signs of the full screen.  Pure.
local show = require("engine.ui.show")

---@class engine.dev.screen.words
local M = {}

local SPARKS_MAX = 6

--- The sign of each verdict: a letter where no sign says it, and the word without UTF-8.
M.signs = {
  pass = { "✓", "ok", "green" },
  fail = { "✗", "FAIL", "red bold" },
  timeout = { "T", "TIME", "red bold" },
  policy = { "P", "POLI", "red bold" },
  error = { "E", "ERR", "red bold" },
  infra = { "I", "INFR", "red bold" },
  flaky = { "~", "FLAK", "yellow" },
  skip = { "-", "skip", "yellow" },
}

local SPIN = { "⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏" }

--- Returns the sign of a test, and its colours.
---@param look engine.ui.Look
---@param test engine.dev.Test
---@param tick integer counts the frames
---@return string sign 1 column, or 4 without UTF-8
---@return string style
---@nodiscard
function M.sign(look, test, tick)
  if test.phase == "running" then
    return look.utf8 and SPIN[tick % #SPIN + 1] or "run ", "cyan bold"
  end
  local sign = M.signs[test.verdict]
  if not sign then
    return look.utf8 and "·" or "... ", "dim"
  end
  return look.utf8 and sign[1] or ("%-4s"):format(sign[2]), sign[3]
end

--- Formats a duration in at most 7 columns: "34 ms", "1.20 s", "2 min".
---@param ms? number
---@return string
---@nodiscard
function M.time(ms)
  if not ms then
    return ""
  elseif ms < 1000 then
    return ("%.0f ms"):format(ms)
  elseif ms < 100000 then
    return ("%.2f s"):format(ms / 1000)
  end
  return ("%.0f min"):format(ms / 60000)
end

local SPARKS = { pass = "▁", skip = "·", flaky = "▄" }
local SPARKS_ASCII = { pass = ".", skip = "-", flaky = "~" }

--- Draws the last verdicts of a test, the oldest first: a full column is one that was not good.
---@param look engine.ui.Look
---@param history engine.Verdict[]
---@return string
---@nodiscard
function M.spark(look, history)
  local list, set = {}, look.utf8 and SPARKS or SPARKS_ASCII
  for i = math.max(1, #history - SPARKS_MAX + 1), #history do
    list[#list + 1] = set[history[i]] or (look.utf8 and "█" or "#")
  end
  return table.concat(list)
end

--- Names a path as seen from a folder, safe to show.
---@param look engine.ui.Look
---@param path string
---@param cwd string
---@return string
---@nodiscard
function M.path(look, path, cwd)
  local prefix = cwd == "/" and "/" or cwd .. "/"
  return show.safe(look, path:sub(1, #prefix) == prefix and path:sub(#prefix + 1) or path)
end

--- Names up to two paths: "a.lua, b.lua and 3 more".
---@nodiscard
function M.paths(look, paths, cwd)
  local list = {}
  for i = 1, math.min(#paths, 2) do
    list[i] = M.path(look, paths[i], cwd)
  end
  local more = #paths - #list
  return table.concat(list, ", ") .. (more > 0 and (" and %d more"):format(more) or "")
end

--- Formats the time of day.
---@param wall_s integer
---@return string
---@nodiscard
function M.clock(wall_s)
  return os.date("%H:%M:%S", wall_s)
end

return M
