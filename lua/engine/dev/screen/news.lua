--- What the full screen says of the last save, above its keys.
local clock = require("core.clock")
local is_good = require("engine.verdict").is_good
local refusal = require("engine.dev.refusal")
local report_words = require("engine.report.words")
local show = require("engine.ui.show")
local words = require("engine.dev.screen.words")

---@class engine.dev.screen.news
local M = {}

local function add_news(self, text, style)
  self.news = { time = words.clock(clock.wall() // 1000000000), style = style,
    text = show.safe(self.canvas.look, text) }
end

local on = {}

--- Says what began a cycle that is not the first.
---@param e { begun_by: engine.dev.BegunBy, changed: string[], affected: engine.dev.Affected[] }
---@param look engine.ui.Look
---@param cwd string
---@param asked? string what was asked for last
---@return string
---@nodiscard
function M.begun(e, look, cwd, asked)
  if e.begun_by == "save" then
    return "saved " .. words.paths(look, e.changed, cwd)
  elseif e.begun_by == "order" then
    return "asked for " .. (asked or "it")
  end
  return e.begun_by == "again" and report_words.left_over(e.affected) or "events were lost"
end

local ASKED = { all = "all", failed = "what is not good", again = "the same again" }

function on.asked(self, e)
  self.asked = ASKED[e.what] or report_words.count(e.files, "file")
end

function on.reload_begin(self, e)
  for _, one in ipairs(e.affected) do
    self.whys[one.path] = one.text
      .. (one.by and ": " .. words.path(self.canvas.look, one.by, self.cwd) or "")
  end
  if e.cycle == 1 then
    add_news(self, self.state.ui_url or "the first run")
    return
  end
  local arrow = self.canvas.look.utf8 and "→" or "->"
  local what = M.begun(e, self.canvas.look, self.cwd, self.asked)
  add_news(self, ("%s %s %s affected (w: why)"):format(what, arrow,
    report_words.count(#e.affected, "file")), "cyan")
end

function on.run_begin(self, e)
  self.run = e
end

function on.scenario_end(self, e)
  if not is_good(e.verdict) then
    self.tree:choose_first(e.id)
  end
end

function on.reload_end(self, e)
  self.tree:choose_bad()
  self.stages = e.stages
  self.records:prune(self.state.tests)
  if e.refused then
    on.reload_failed(self, e.refused)
  end
  if e.interrupted and e.interrupted ~= "save" and e.interrupted ~= "order" then
    add_news(self, e.interrupted == "stop" and "stopped" or "stopped by " .. e.interrupted,
      "yellow")
  end
end

function on.unaffected(self, e)
  add_news(self, ("saved %s%s"):format(words.paths(self.canvas.look, e.changed, self.cwd),
    report_words.unaffected(e)), "dim")
end

function on.file_gone(self, e)
  add_news(self, e.file .. " is gone", "dim")
end

--- The first thing that is wrong comes first: a row may be too short for more.
function on.reload_failed(self, e)
  local what = refusal.first(e)
  add_news(self, (what and what .. "; " or "") .. e.message, "red bold")
end

function on.unwatched(self, e)
  add_news(self, ("no save behind %s is seen: %s"):format(
    words.path(self.canvas.look, e.path, self.cwd), e.why), "yellow")
end

function on.looping(self, e)
  local path = words.path(self.canvas.look, e.path, self.cwd)
  add_news(self, e.made and ("each of the last runs made new files in %s: ignored, they are in no "
    .. "verdict; [watch] ignore takes such out for good"):format(path)
    or ("%s was written in each of the last runs: ignored, it is in no verdict"):format(path),
    "yellow")
end

--- Takes an event of the loop or of its runs.
---@param view engine.dev.screen.View
---@param event table
function M.on_event(view, event)
  local handler = on[event.event]
  if handler then
    handler(view, event)
  end
end

--- Takes a line of standard error: what it says is told.
---@param view engine.dev.screen.View
---@param line string
function M.tell(view, line)
  add_news(view, line, "yellow")
end

return M
