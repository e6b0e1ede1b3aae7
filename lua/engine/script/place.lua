--- Where in the user's files something happens: the first frame of the stack that is theirs.
local lines = require("core.text")
local source = require("engine.script.source")

---@class engine.script.place
local M = {}

---@class engine.script.Place
---@field file string as it is shown
---@field line integer
---@field offset? integer of what is meant in the line, in bytes from 0 of the file
---@field length? integer

local texts = {} ---@type table<string, string> file as it is shown → its text

--- Notes the text of a file of the user's, so that its frames are known and can be shown.
---@param file string as in its chunk's name, without the "@"
---@param text string
function M.add(file, text)
  texts[file] = text
end

--- Returns the text of a file that was loaded.
---@param file string
---@return string?
function M.text(file)
  return texts[file] or source.text(file)
end

local tree = os.getenv("CLNRM_LUA_DIR") or ""

--- Says whether a chunk is one of ours.
---@param chunk string as debug.getinfo tells it
---@return boolean
function M.is_engine(chunk)
  if chunk:sub(1, 1) ~= "@" then
    return true -- C, and chunks without a file
  end
  local file = chunk:sub(2)
  if M.text(file) then
    return false
  end
  if tree ~= "" and file:sub(1, #tree + 1) == tree .. "/" then
    file = file:sub(#tree + 2)
  end
  return file:match("^lua/engine/") ~= nil or file:match("^stdlib/") ~= nil
end

--- Finds the innermost frame of the user's, seen from the caller.
---@param level? integer frames to leave out; default 1: the caller itself
---@return engine.script.Place?
function M.here(level)
  level = (level or 1) + 1
  while true do
    local info = debug.getinfo(level, "Sl")
    if not info then
      return nil
    elseif info.currentline > 0 and not M.is_engine(info.source) then
      return { file = info.source:sub(2), line = info.currentline }
    end
    level = level + 1
  end
end

--- Lists the frames of the user's, innermost first.
---@param level? integer
---@param thread? thread whose; default: the running one.  Its levels begin with 0
---@return engine.script.Place[] frames each with `name` of its function
function M.stack(level, thread)
  local list = {}
  level = thread and level or (level or 1) + 1
  while #list < 20 do
    local info
    if thread then
      info = debug.getinfo(thread, level, "Sln")
    else
      info = debug.getinfo(level, "Sln")
    end
    if not info then
      break
    elseif info.currentline > 0 and not M.is_engine(info.source) then
      list[#list + 1] =
        { file = info.source:sub(2), line = info.currentline, name = info.name }
    end
    level = level + 1
  end
  return list
end

--- Where a line of a text begins, and how long what stands in it is.
---@param text string
---@param line integer
---@return integer? offset from 0, of the first character that is no blank
---@return integer? length
---@return integer? column
local function span(text, line)
  local at = 1
  for _ = 2, line do
    local next_at = text:find("\n", at, true)
    if not next_at then
      return nil
    end
    at = next_at + 1
  end
  local first, last = text:find("[^ \t\r\n][^\r\n]*", at)
  local stop = text:find("\n", at, true) or #text + 1
  if not first or first >= stop then
    return at - 1, 1, 1
  end
  local shown = text:sub(first, last):gsub("%s+$", "")
  return first - 1, #shown, first - at + 1
end

--- Gives a diagnostic its place in the text of its file.
---@param d engine.diag.Diagnostic
---@param at? engine.script.Place
---@return engine.diag.Diagnostic
function M.locate(d, at)
  if not at or not at.file then -- it was in no file
    return d
  end
  d.file, d.line = at.file, at.line
  local text = M.text(at.file)
  if text and at.offset then
    d.offset, d.length = at.offset, at.length or 1
    d.line, d.column = lines.position(text, at.offset + 1)
  elseif text then
    local offset, length, column = span(text, at.line)
    d.offset, d.length, d.column = offset, length, column or 1
  end
  d.column = d.column or 1
  return d
end

--- Writes a place.
---@param place? engine.script.Place
---@return string "tests/x.clnrm.lua:12: ", or ""
function M.prefix(place)
  return place and ("%s:%d: "):format(place.file, place.line) or ""
end

--- Raises an error at the line of the user.
---@param message string
function M.misuse(message)
  error(M.prefix(M.here(2)) .. message, 0)
end

return M
