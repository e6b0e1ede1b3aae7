--- Which line of which template each line of a rendered text came from.
---
--- A line is the line of its first byte that is no blank; one of blanks alone, of its first byte.
--- What a tag was replaced by is of the line that the tag begins on.  Pure.
---@class engine.template.lines
local origin = require("engine.template.origin")
local scan = require("engine.template.scan")
local source = require("engine.diag.source")

local M = {}

---@class engine.template.Place
---@field file string as the template is named
---@field line integer

---@class engine.template.Line
---@field text string
---@field file string
---@field line integer
---@field via engine.template.Place[] where it was called, nearest first: macros and includes
---@field tags string[] as they are written, of what stands in the line

--- Makes what finds lines of the templates; each is indexed once.
local function places()
  local indexed = {}
  return function(file, at)
    local lines = indexed[file]
    if not lines then
      lines = source.lines(file.source)
      indexed[file] = lines
    end
    return { file = file.name, line = (source.position(lines, at - 1)) }
  end
end

--- Makes what tells which calls a piece lies in; it is asked in the order of the pieces.
local function callers(calls, place)
  for i, call in ipairs(calls) do
    call.index = i -- those around a call come behind it
  end
  table.sort(calls, function(a, b)
    if a.first ~= b.first then
      return a.first < b.first
    elseif a.last ~= b.last then
      return a.last > b.last
    end
    return a.index > b.index
  end)
  local open, at = {}, 1
  return function(piece)
    while open[1] and open[#open].last < piece do
      open[#open] = nil
    end
    while calls[at] and calls[at].first <= piece do
      while open[1] and open[#open].last < calls[at].first do
        open[#open] = nil
      end
      open[#open + 1] = calls[at].last >= piece and calls[at] or nil
      at = at + 1
    end
    local list = {}
    for i = #open, 1, -1 do
      list[#list + 1] = place(open[i].file, open[i].at)
    end
    return list
  end
end

--- Makes the lines of a traced rendering.
---@param trace engine.template.RenderedText
---@param files table<integer, table> by their numbers
---@return engine.template.Line[]
---@nodiscard
function M.of(trace, files)
  local place = places()
  local via = callers(trace.calls, place)
  local lines, line = {}, nil

  local function close()
    line.text = table.concat(line.parts)
    line.parts, line.is_certain = nil, nil
    lines[#lines + 1], line = line, nil
  end

  --- Takes the part of a piece that belongs to one line.
  local function take(part, offset, piece)
    local file, at, is_copied = origin.of_piece(files, trace.from[piece])
    line = line or { parts = {}, tags = {} }
    local first = part:find("[^ \t\r\n]")
    if not line.file or first and not line.is_certain then
      local found = place(file, is_copied and at + offset + (first or 1) - 1 or at)
      line.file, line.line, line.via = found.file, found.line, via(piece)
      line.is_certain = first ~= nil
    end
    if not is_copied and part ~= "" then
      line.tags[#line.tags + 1] = file.source:sub(at, scan.tag_end(file.source, at) or at)
    end
    line.parts[#line.parts + 1] = part:gsub("\n$", "")
    if part:sub(-1) == "\n" then
      close()
    end
  end

  for i, text in ipairs(trace.pieces) do
    local from = 1
    while from <= #text do
      local stop = text:find("\n", from, true) or #text
      take(text:sub(from, stop), from - 1, i)
      from = stop + 1
    end
  end
  if line then
    close()
  end
  return lines
end

return M
