--- The status line: a word right-aligned in 12 columns, the time, then what it is about.
---
--- Never wider than the screen: names are cut in the middle.
local show = require("engine.ui.show")
local style = require("engine.ui.style")

local M = {}

local WORD_WIDTH = 12

--- The word of each verdict and its colour.
---@type table<string, { [1]: string, [2]: string }>
M.words = {
  pass = { "PASS", "green bold" },
  fail = { "FAIL", "red bold" },
  timeout = { "TIMEOUT", "red bold" },
  policy = { "POLICY", "red bold" },
  error = { "ERROR", "red bold" },
  infra = { "INFRA", "red bold" },
  flaky = { "FLAKY", "yellow bold" },
  skip = { "SKIP", "yellow" },
}

--- Formats a duration in brackets, 12 columns up to a day.
---@param ms number
---@param is_more? boolean it goes on
---@return string
function M.time(ms, is_more)
  return (is_more and "[>%7.3fs]" or "[%8.3fs]"):format(ms / 1000)
end

--- Puts a word right-aligned in front.
---@param look engine.ui.Look
---@param word string
---@param colors string
---@return string # 12 columns
function M.word(look, word, colors)
  return (" "):rep(WORD_WIDTH - #word) .. style.paint(look.color, colors, word)
end

--- Names a scenario: "file › name", or "file:line › name".
---@param look engine.ui.Look
---@param file string
---@param name? string
---@param line? integer
---@return string # safe to show
function M.place(look, file, name, line)
  local shown = show.safe(look, file) .. (line and ":" .. line or "")
  if not name then
    return shown
  end
  return shown .. (look.utf8 and " › " or " > ") .. show.safe(look, name)
end

--- Names the scenario that an event or a record is about: "file[cell] › name #2".
---@param look engine.ui.Look
---@param e { file: string, name?: string, cell?: string, repetition?: integer, line?: integer }
---@param with_line? boolean
---@return string # safe to show
function M.scenario(look, e, with_line)
  local file = e.cell and ("%s[%s]"):format(e.file, e.cell) or e.file
  local name = e.name and e.repetition and ("%s #%d"):format(e.name, e.repetition) or e.name
  return M.place(look, file, name, with_line and e.line or nil)
end

--- Formats a line whose subject is broken between its parts when it does not fit: nothing is cut.
---@param look engine.ui.Look
---@param word string
---@param colors string
---@param ms? number
---@param parts string[] safe to show
---@return string # one line or more, with newlines
function M.wrapped(look, word, colors, ms, parts)
  local head = ms and M.time(ms) .. " " or ""
  if look.fits and look.width < WORD_WIDTH + 1 + #head + 12 then
    head = ""
  end
  local indent = WORD_WIDTH + 1 + #head
  local room = look.fits and math.max(look.width - indent, 12) or math.huge
  local lines, line = {}, ""
  for _, part in ipairs(parts) do
    if line ~= "" and show.width(line) + 1 + show.width(part) > room then
      lines[#lines + 1] = line
      line = part
    else
      line = line == "" and part or line .. " " .. part
    end
  end
  lines[#lines + 1] = line
  local first = M.word(look, word, colors) .. " " .. style.paint(look.color, "dim", head)
  return first .. table.concat(lines, "\n" .. (" "):rep(indent)) .. "\n"
end

---@class engine.ui.Status
---@field word string
---@field colors string
---@field ms? number
---@field is_more? boolean it goes on: "[> 10.000s]"
---@field count? string    behind the time: "(3/128)"
---@field subject string   safe to show
---@field tail? string     safe to show, for the end of the line: a code, marks
---@field link? { file: string, line?: integer } what the subject begins with, when links are shown

--- Makes the place that a subject begins with a link; all of it, when it was cut.
local function linked(look, subject, to)
  if not look.links or not to then
    return subject
  end
  local link = require("engine.ui.link")
  local place = show.safe(look, to.file) .. (to.line and ":" .. to.line or "")
  if subject:sub(1, #place) == place then
    return link.wrap(look.links, to.file, place) .. subject:sub(#place + 1)
  end
  return link.wrap(look.links, to.file, subject)
end

--- Formats a status line, with its newline: never wider than the screen.
---@param look engine.ui.Look
---@param s engine.ui.Status
---@return string
function M.status(look, s)
  local head = s.ms and M.time(s.ms, s.is_more) .. " " or ""
  local count = s.count and s.count .. " " or ""
  local subject, tail = s.subject, s.tail
  if look.fits then
    local room = look.width - WORD_WIDTH - 1 - #head - #count
    room = room - (tail and show.width(tail) + 2 or 0)
    if room < 8 and tail then
      room, tail = room + show.width(tail) + 2, nil
    end
    if room < 8 and count ~= "" then
      room, count = room + #count, ""
    end
    if room < 4 then
      room, head = room + #head, ""
    end
    subject = show.fit(look, subject, room)
  end
  return M.word(look, s.word, s.colors) .. " " .. style.paint(look.color, "dim", head .. count)
    .. linked(look, subject, s.link)
    .. (tail and "  " .. style.paint(look.color, "dim", tail) or "") .. "\n"
end

--- Formats a status line, with its newline.
---@param look engine.ui.Look
---@param word string
---@param colors string
---@param ms? number
---@param subject string safe to show
---@param tail? string    safe to show, for the end of the line: a code, marks
---@return string
function M.format(look, word, colors, ms, subject, tail)
  return M.status(look, { word = word, colors = colors, ms = ms, subject = subject, tail = tail })
end

return M
