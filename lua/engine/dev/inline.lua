--- The loop without a screen of its own: what it tells between the reports of its runs.
---
--- A view of engine.dev.state: reads it, and writes lines.
local line = require("engine.ui.line")
local refusal = require("engine.dev.refusal")
local show = require("engine.ui.show")
local words = require("engine.report.words")

---@class engine.dev.inline
local M = {}

local NAMED_MAX = 3 -- files, and reasons, that a line names

---@class engine.dev.Inline
---@field private o table as `new` has it
local Inline = {}
Inline.__index = Inline

--- Names a path as seen from the working directory.
local function short(self, path)
  local prefix = self.o.cwd == "/" and "/" or self.o.cwd .. "/"
  local shown = path:sub(1, #prefix) == prefix and path:sub(#prefix + 1) or path
  return show.safe(self.o.look, shown)
end

local function some(self, paths, count)
  local list = {}
  for i = 1, math.min(#paths, NAMED_MAX) do
    list[i] = short(self, paths[i])
  end
  local more = (count or #paths) - #list
  return table.concat(list, ", ") .. (more > 0 and (" and %d more"):format(more) or "")
end

local function put(self, word, colors, ms, text)
  self.o.write(line.wrapped(self.o.look, word, colors, ms, { text }))
end

--- Whether a cycle runs nothing but what was asked for.
local function is_only_asked(e)
  for _, one in ipairs(e.affected) do
    if one.kind ~= "asked" then
      return false
    end
  end
  return true
end

local on = {}

local BEGUN = { order = "Asked", lost = "Lost", again = "Again" }

function on.reload_begin(self, _, e)
  if e.cycle == 1 then
    return
  end
  local of = ("%d of %s"):format(#e.affected, words.count(e.total, "file"))
  if e.begun_by == "order" and is_only_asked(e) then
    return put(self, "Asked", "cyan bold", nil, of)
  end
  local list = words.reasons(e.affected, NAMED_MAX)
  if not self.o.look.utf8 then
    list = list:gsub("×", "x")
  end
  local text = e.begun_by == "save" and ("%s: %s affected"):format(some(self, e.changed), of) or of
  put(self, BEGUN[e.begun_by] or "Saved", "cyan bold", nil, ("%s (%s)"):format(text,
    show.safe(self.o.look, list)))
  if self.o.verbose > 0 then
    for _, one in ipairs(e.affected) do
      put(self, "why", "dim", nil, ("%s: %s%s"):format(show.safe(self.o.look, one.file),
        show.safe(self.o.look, one.text), one.by and " (" .. short(self, one.by) .. ")" or ""))
    end
  end
end

function on.unaffected(self, _, e)
  put(self, "Saved", "dim", nil, some(self, e.changed) .. words.unaffected(e))
end

function on.file_gone(self, _, e)
  put(self, "Gone", "dim", nil, show.safe(self.o.look, e.file))
end

local STAGES = { "detect", "debounce", "plan", "render", "parse", "check", "room", "test", "show",
  "rest" }

function on.reload_end(self, state, e)
  local stages = e.stages
  if e.interrupted == "save" or e.interrupted == "order" then
    return
  elseif e.interrupted == "stop" then
    put(self, "Stopped", "yellow bold", nil, "what had no verdict yet keeps the one it had")
  elseif e.refused then
    local what = refusal.first(e.refused)
    put(self, "Refused", "red bold", nil, e.refused.message
      .. (what and ": " .. show.safe(self.o.look, what) or ""))
  elseif not e.exit_code then
    put(self, "Nothing", "dim", nil, "none of their tests is selected")
  elseif e.cycle > 1 or self.o.verbose > 0 then
    local parts = {}
    for _, stage in ipairs(self.o.verbose > 0 and STAGES or {}) do
      parts[#parts + 1] = stages[stage] and ("%s %.1f"):format(stage, stages[stage])
    end
    put(self, "Reload", "cyan bold", stages.total, ("%s; %.1f ms of it are clnrm's own work%s")
      :format(words.reload(state.cycle.begun_by), stages.own,
      parts[1] and " (" .. table.concat(parts, ", ") .. ")" or ""))
  end
  if e.interrupted and e.interrupted ~= "stop" or self.o.is_once or e.refused and e.refused.is_last
  then
    return
  end
  local _, unknown = state:counts()
  put(self, "Waiting", "dim", nil, ("%s of tests watched%s; Ctrl-C ends"):format(
    words.count(state.cycle.total, "file"),
    unknown > 0 and (", %s not run yet"):format(words.count(unknown, "test")) or ""))
end

function on.reload_failed(self, _, e)
  put(self, "Waiting", "yellow bold", nil, e.message)
end

function on.serving(self, _, e)
  put(self, "Page", "cyan bold", nil, e.url)
end

function on.unwatched(self, _, e)
  put(self, "Unwatched", "yellow bold", nil, ("%s: %s; a save behind it is not seen"):format(
    short(self, e.path), e.why))
end

function on.looping(self, _, e)
  local why = "it was written in each of the last runs; what it holds now is in no verdict; it "
    .. "counts when it is saved while nothing runs"
  if e.made then
    why = ("each of the last runs made new files there, this one %s (%s); they are in no verdict; "
      .. "`[watch] ignore` takes such out for good"):format(words.count(e.count, "file"),
      some(self, e.made, e.count))
  end
  put(self, "Ignored", "yellow bold", nil, ("%s: %s"):format(short(self, e.path), why))
end

--- Takes an event.
---@param state engine.dev.State
---@param event table
function Inline:on_event(state, event)
  local handler = on[event.event]
  if handler then
    handler(self, state, event)
  end
end

--- Makes the view.
---@param o { look: engine.ui.Look, write: fun(text: string), verbose: integer, cwd: string,
---       is_once?: boolean }
---@return engine.dev.Inline
---@nodiscard
function M.new(o)
  return setmetatable({ o = o }, Inline)
end

return M
