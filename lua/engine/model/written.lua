--- Tells who wrote what is wrong in a rendered text: the line of an include, a parent or a macro,
--- beside the place of its call.
---
--- Only what is told pays for it: the text is rendered once more, with the template of each piece.
local hash = require("core.hash")

---@class engine.model.Written of one cell
---@field private job engine.model.Job
---@field private rendered engine.template.Rendered
---@field private origins? engine.template.Origins|false false: there are none
---@field private known table<integer, engine.diag.Diagnostic[]> by the byte of the rendered text
local Written = {}
Written.__index = Written

local M = {}

local TRACED_MAX = 100 -- cells of a file
local ASKED_MAX = 1000 -- places of a file
local VIA_MAX = 8      -- calls that lead to a place
local AGAIN_MAX = 100  -- suites of a run that are rendered again

--- Makes what tells it of a cell that was rendered just now.
---@param job engine.model.Job
---@param rendered engine.template.Rendered
---@return engine.model.Written? # nil: nobody else can have written anything of it
---@nodiscard
function M.new(job, rendered)
  if job.session:has_others() then
    return setmetatable({ job = job, rendered = rendered, known = {} }, Written)
  end
end

--- Names a template as the test file is named: as a path from where that one begins, else absolute.
---@param file { name: string, path?: string }
---@param path string of the test file, absolute
---@param shown string  as the user wrote it
---@return string? # nil: it is no file, but clnrm's own
local function shown_path(file, path, shown)
  local dir = path:match("^.*/") or ""
  local own = shown:gsub("^%./", "")
  local base = path:sub(-#own) == own and path:sub(1, -#own - 1) or nil
  if file.name == shown then
    return shown
  elseif file.path and file.path:sub(1, #dir) == dir then
    return (shown:match("^.*/") or "") .. file.path:sub(#dir + 1)
  elseif file.path and base and file.path:sub(1, #base) == base then
    return file.path:sub(#base + 1)
  end
  return file.path
end

--- Names places of other templates as the test file is named; one of clnrm's own is told in words.
---@param list engine.template.OtherPlace[]
---@param path string of the test file, absolute
---@param shown string as the user wrote it
---@return engine.diag.Diagnostic[]? related
---@return string[]? notes
---@nodiscard
function M.places(list, path, shown)
  local related, notes = {}, {}
  for i = 1, math.min(#list, VIA_MAX) do
    local one = list[i]
    local file = shown_path(one.file, path, shown)
    if file then
      related[#related + 1] = { message = one.message, file = file, line = one.line,
        column = one.column, offset = one.offset, length = one.length or 1 }
    else
      notes[#notes + 1] = ("%s (%s:%d:%d)"):format(one.message, one.file.name, one.line, one.column)
    end
  end
  return related[1] and related, notes[1] and notes
end

local function origins_of(self)
  local job = self.job
  if self.origins == nil then
    self.origins = false
    job.traced = (job.traced or 0) + 1
    local trace, _, files
    if job.traced <= TRACED_MAX then
      trace, _, files = job.session:trace(self.rendered)
    end
    self.origins = trace and require("engine.template.origin").new(trace, files) or false
  end
  job.asked = (job.asked or 0) + 1
  return job.asked <= ASKED_MAX and self.origins or nil
end

--- Says who wrote the byte that a place of the source became, and by which calls.
---@param at integer from 0, in the rendered text
---@param offset integer of the place that is told, in the test file
---@param stop integer
---@return engine.diag.Diagnostic[] related
---@nodiscard
function Written:related(at, offset, stop)
  local known = self.known[at]
  if known then
    return known
  end
  local job, related = self.job, {}
  self.known[at] = related
  local origins = origins_of(self)
  if not origins then
    return related
  end
  local place, via = origins:at(at)
  local function add(one, message)
    local is_told = one.file.name == job.session.name and one.offset >= offset
      and one.offset < stop
    local file = not is_told and shown_path(one.file, job.path, job.opts.file or job.path)
    if file then
      related[#related + 1] = { message = message, file = file, line = one.line,
        column = one.column, offset = one.offset, length = one.length }
    end
  end
  if place then
    add(place, "written here")
  end
  for i = 1, math.min(#via, VIA_MAX) do
    add(via[i], "called here")
  end
  return related
end

---@class engine.model.Rendering what it takes to render a suite's text again
---@field digest string of the text
---@field now? integer the time that its tags were told
---@field determinism? engine.Determinism of the command line
---@field caches? boolean
---@field project_text? string

--- Notes in a suite how its text was made: what fails in a run is told as well, and then its
--- session is closed.
---@param suite engine.model.Suite
---@param job engine.model.Job
---@param rendered engine.template.Rendered
function M.note(suite, job, rendered)
  local opts = job.opts
  suite.rendering = {
    digest = hash.xxh128(rendered.text), now = job.session.ctx.now, caches = opts.caches,
    determinism = opts.determinism, project_text = opts.project_text,
  }
end

--- Renders the text of a suite once more; nil when it comes out as another one, since a template
--- was changed.
local function rendered_again(suite)
  local rendering, jobs = suite.rendering, require("engine.model.job")
  local job = jobs.prepare(suite.text, suite.path, {
    file = suite.file, project_dir = suite.project_dir, define = suite.given,
    again = { seed = suite.drawn_seed, now = rendering.now },
    determinism = rendering.determinism, caches = rendering.caches,
    project_text = rendering.project_text,
  }, require("engine.model.schema"))
  local _ <close> = job and job.session
  for _, cell in ipairs(job and job.raw.cells or {}) do
    if cell.name == suite.cell then
      local rendered = jobs.render(job, cell)
      local is_same = rendered and hash.xxh128(rendered.text) == rendering.digest
      local self = is_same and M.new(job, rendered)
      return self and origins_of(self) and self
    end
  end
end

local again = setmetatable({}, { __mode = "k" }) -- by the suite; false: it cannot be told
local count = 0

--- Begins a run, which may render as many suites again as any other.
function M.begin_run()
  count = 0
end

--- Says who wrote what a place of a suite was made of.
---@param suite engine.model.Suite
---@param pos engine.model.Pos
---@return engine.diag.Diagnostic[]? related nil: nobody else, or it cannot be told
---@nodiscard
function M.of_suite(suite, pos)
  if not pos.at or not suite.rendering then
    return nil
  end
  if again[suite] == nil then
    count = count + 1
    again[suite] = count <= AGAIN_MAX and rendered_again(suite) or false
  end
  local related = again[suite] and again[suite]:related(pos.at, pos.offset, pos.offset + pos.length)
  return related and related[1] and related or nil
end

return M
