--- The command of the REPL that writes a test of lines: `:save`.
---@class engine.repl.saving
local fs = require("core.fs")

local M = {}

--- Reads "3", "1-5": which lines are meant.
local function range(terminal, text)
  local list, chosen = terminal.session.list, {}
  local first, last = text:match("^(%d+)%s*%-%s*(%d+)$")
  first = tonumber(first or text:match("^%d+$")) or (text == "" and 1 or nil)
  last = tonumber(last) or (text == "" and #list or first)
  if not first or first < 1 or last > #list or last < first then
    return nil
  end
  for i = first, last do
    chosen[#chosen + 1] = list[i]
  end
  return chosen
end

--- Names the test of a file that is to be written.
---@param file string
---@return string? name
---@return string? why_not
---@return string? hint
---@nodiscard
function M.name_of(file)
  local name = file:match("([^/%s]+)%.clnrm%.lua$")
  if file == "" then
    return nil, "the name of a file is missing", "tests/x.clnrm.lua"
  elseif not name then
    return nil, "a file of tests is named *.clnrm.lua", file:gsub("%.lua$", "") .. ".clnrm.lua"
  elseif fs.exists(file) then
    return nil, file .. " is there already"
  end
  return (name:gsub("[_-]", " "))
end

local function write(file, text)
  local dir, ok, err = file:match("^(.*)/"), true, nil
  if dir then
    ok, err = fs.mkdir_p(dir)
  end
  if ok then
    ok, err = fs.write_atomic(file, text)
  end
  return ok, err
end

--- Writes a test, and tells what is in it.
---@param terminal engine.repl.Terminal
---@param argument string "FILE [N-M]"
---@return boolean? ok
function M.save(terminal, argument)
  local cx, session = terminal.cx, terminal.session
  local file, rest = argument:match("^(%S*)%s*(.*)$")
  local name, why, hint = M.name_of(file)
  if not name then
    return cx:error(why, hint and (":save %s %s"):format(hint, rest):gsub(" $", "") or nil)
  end
  local chosen = range(terminal, rest)
  if not chosen then
    return cx:error(#session.list == 0 and "no line has run yet"
      or ("there are no lines '%s'"):format(rest),
      #session.list > 0 and ("there are 1 to %d"):format(#session.list) or nil)
  end
  local saved
  saved, why = require("engine.repl.save").file(chosen, name, {
    session = session.env, lines = session.list,
    test = require("engine.script.environment").new({ name = file, path = fs.getcwd() .. "/x" }),
  })
  if not saved then
    return cx:error("nothing was written: " .. why, ":save FILE N-M takes fewer lines")
  elseif saved.expectations == 0 then
    return cx:error("nothing was written: none of these lines checks anything, or gives a text, a "
      .. "boolean or a whole number", "a test that checks nothing proves nothing")
  end
  local ok, err = write(file, saved.text)
  if not ok then
    return cx:error(err.message)
  end
  local count = require("engine.report.words").count
  cx.out:write(("wrote %s: a test with %s%s\n"):format(cx:safe(file, cx.out),
    count(saved.expectations, "expectation"),
    saved.left_out > 0 and ("; %s left out"):format(count(saved.left_out, "line")) or ""))
  return true
end

return M
