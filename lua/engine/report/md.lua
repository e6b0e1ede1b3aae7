--- The report as Markdown, for the page of a CI job or a comment: the sum, each failure to unfold,
--- what was slowest, what was flaky.
---
--- Never larger than its limit: what does not fit is counted, and said so.
local diag = require("engine.diag")
local line = require("engine.ui.line")
local markdown = require("engine.report.markdown")
local results = require("engine.report.results")
local subject = require("engine.report.subject")
local words = require("engine.report.words")

local M = {}

local LIMIT = 60000 -- bytes; comments of GitHub take 65,536 characters
local ROOM_FOR_END = 400 -- bytes kept free for what says that something is left out
local FRAMES_MAX = 16 << 10 -- bytes of the code frames of one failure
local SLOWEST = 5
local FRAME_WIDTH = 100

---@class engine.report.MdOptions
---@field write fun(bytes: string)
---@field sources? table<string, string>
---@field limit? integer bytes
---@field all? boolean   a table of all results, too

---@class engine.report.Md
local Md = {}
Md.__index = Md

local function seconds(ms)
  return ("%.3f s"):format(ms / 1000)
end

local function codes_of(failures)
  local seen, list = {}, {}
  for _, failure in ipairs(failures) do
    if failure.code and not seen[failure.code] then
      seen[failure.code] = true
      list[#list + 1] = failure.code
    end
  end
  return table.concat(list, " ")
end

local function title(result)
  local name = subject.file(result) .. (result.line and ":" .. result.line or "")
  return markdown.code(name) .. " › " .. markdown.code(subject.name(result))
end

local function word(result)
  return (line.words[result.verdict] or { result.verdict:upper() })[1]
end

local function frames(self, result)
  local text = diag.render(result.failures, {
    sources = self.o.sources,
    width = FRAME_WIDTH,
    utf8 = true,
    explain = false,
  })
  if #text > FRAMES_MAX then
    text = text:sub(1, FRAMES_MAX):gsub("[^\n]*$", "") .. "[... left out ...]"
  end
  return text
end

local function failure(self, result)
  return ("<details><summary>%s %s (%s) %s</summary>\n\n%s\n</details>\n\n"):format(
    word(result), title(result), seconds(result.duration_ms), codes_of(result.failures),
    markdown.fenced(frames(self, result)))
end

--- Makes the rows of a table, as many as fit.
local function add_table(self, heading, columns, list, row)
  if #list == 0 then
    return
  end
  local head = ("### %s\n\n| %s |\n|%s\n"):format(heading, table.concat(columns, " | "),
    (" --- |"):rep(#columns))
  if not self:fits(head) then
    self.left_out = self.left_out + #list
    return
  end
  self:add(head)
  for i, result in ipairs(list) do
    local text = "| " .. table.concat(row(result), " | ") .. " |\n"
    if not self:fits(text) then
      self.left_out = self.left_out + #list - i + 1
      break
    end
    self:add(text)
  end
  self:add("\n")
end

function Md:fits(text)
  return self.size + #text <= self.limit - ROOM_FOR_END
end

function Md:add(text)
  self.out[#self.out + 1], self.size = text, self.size + #text
end

local function add_failures(self, bad)
  for i, result in ipairs(bad) do
    local text = failure(self, result)
    if not self:fits(text) then -- the frames are what is large
      text = ("- %s %s %s\n"):format(word(result), title(result), codes_of(result.failures))
    end
    if not self:fits(text) then
      self.left_out = self.left_out + #bad - i + 1
      return
    end
    self:add(text)
  end
end

local function slowest(list)
  local copy = {}
  for _, result in ipairs(list) do
    if result.duration_ms > 0 then
      copy[#copy + 1] = result
    end
  end
  table.sort(copy, function(a, b)
    if a.duration_ms ~= b.duration_ms then
      return a.duration_ms > b.duration_ms
    end
    return a.order < b.order
  end)
  return table.move(copy, 1, SLOWEST, 1, {})
end

local function add_head(self)
  local ending = self.results.ending or { counts = {}, duration_ms = 0 }
  local parts = words.summary(ending.counts or {}, self.results.marks, ending.not_run)
  self:add(("**clnrm**: %s in %s\n\n"):format(table.concat(parts, " "),
    seconds(ending.duration_ms or 0)))
  if ending.interrupted then
    self:add(("Stopped: %s\n\n"):format(markdown.code(tostring(ending.interrupted))))
  elseif not self.results.ending then
    self:add("The run did not end.\n\n")
  end
end

--- Takes an event.
---@param e table
function Md:on_event(e)
  self.results:add(e)
end

--- Writes the page.
function Md:finish()
  local all = self.results:sorted()
  add_head(self)
  add_failures(self, self.results:sorted(results.is_bad))
  add_table(self, "Flaky", { "test", "attempts", "why" },
    self.results:sorted(function(result)
      return result.verdict == "flaky"
    end), function(result)
      local first = result.failures[1]
      return { title(result), tostring(result.attempts or "?"),
        markdown.code(first and first.message or "") }
    end)
  add_table(self, "Slowest", { "time", "test" }, slowest(all), function(result)
    return { seconds(result.duration_ms), title(result) }
  end)
  if self.o.all then
    add_table(self, "All results", { "verdict", "time", "test", "why" }, all, function(result)
      local codes = codes_of(result.failures)
      return { word(result), seconds(result.duration_ms), title(result),
        result.reason and markdown.code(result.reason) or codes }
    end)
  end
  if self.left_out > 0 then
    self:add(("%d more left out: this page holds at most %d bytes.\n"):format(self.left_out,
      self.limit))
  end
  self.o.write(table.concat(self.out))
end

--- Makes the report.
---@param o engine.report.MdOptions
---@return engine.report.Md
function M.new(o)
  return setmetatable({
    o = o,
    limit = math.max(o.limit or LIMIT, 0),
    results = results.new(),
    out = {},
    size = 0,
    left_out = 0,
  }, Md)
end

return M
