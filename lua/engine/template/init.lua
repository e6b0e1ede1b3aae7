--- Renders test files: Tera's language, with a map from the rendered text back to its source.
---
--- A value inside a string of TOML stays inside: one that would end the string, or that the string
--- would read differently, is refused.  Elsewhere it is inserted as it is.
local budget = require("engine.template.budget")
local context = require("engine.template.context")
local core_text = require("core.text")
local draw = require("engine.template.draw")
local environment = require("engine.template.environment")
local file_text = require("engine.template.file_text")
local loader = require("engine.template.loader")
local map = require("engine.template.map")
local once = require("engine.template.once")
local scan = require("engine.template.scan")

local M = {}

local SHOWN_MAX = 40
local PROBLEMS_MAX = 10001 -- found in one text: more than are counted
local HELPED_MAX = 30 -- of them with what might be meant; the others say only what they are

---@class engine.template.Rendered
---@field text string
---@field map engine.template.Map
---@field values table<string, any> that its tags can name
---@field inserted { first: integer, last: integer, inner: string, text: string, at: integer }[]
---   what `{{ … }}` were replaced by; at: from 1, in `text`

---@class engine.template.FileProblem
---@field code string
---@field message string
---@field help? string
---@field offset integer from 0, in the source
---@field length integer
---@field places? engine.template.OtherPlace[] where it is, when that is another template, and what
---   of others led there, nearest first
---@field meant? string for what is marked, as a whole

---@class engine.template.OtherPlace
---@field message string
---@field file { name: string, path?: string }
---@field line integer
---@field column integer
---@field offset integer
---@field length? integer

--- Quotes a value for a message.
---@param text string
---@return string
function M.quote(text)
  local shown = core_text.escape(text:sub(1, 1000), { line = true })
  return "`" .. core_text.cut(shown, SHOWN_MAX) .. "`"
end

local BACKSLASH = 92

local STRINGS = {
  basic = 'a text in "…"', literal = "a text in '…'", basic3 = 'a text in """…"""',
  literal3 = "a text in '''…'''", comment = "a comment",
}

--- Whether a text stays inside whatever string it stands in: no byte of it ends or begins one, and
--- none before it takes its first byte away.
local function is_plain(text, one)
  return one.text:find(once.PLAIN) ~= nil and text:byte(one.at - 1) ~= BACKSLASH
end

--- Refuses what would not stay inside the string that its tag stands in.  Behind such a value the
--- text is read as if it had stayed: what it breaks is told once, at its own tag.
local function check_inside(session, rendered, problems)
  local reader = scan.reader(rendered.text)
  for _, one in ipairs(rendered.inserted) do
    local is_told = not is_plain(rendered.text, one)
    local before, opened, is_token, state
    if is_told then
      before, opened, is_token = reader:to(one.at)
      -- Where nothing is repeated or left out, the source knows best which text was meant.
      state = session.states[one.first] or before
      local after, after_opened, ends_in_token = reader:to(one.at + #one.text)
      local holds = not is_token and not ends_in_token and before == after
        and opened == after_opened and before == state
      local is_basic = state == "basic" or state == "basic3"
      is_told = state ~= "bare" and (not holds or is_basic and one.text:find("\\", 1, true) ~= nil)
    end
    if is_told then
      reader:set(one.at + #one.text, state, opened)
      local is_basic = state == "basic" or state == "basic3"
      problems[#problems + 1] = {
        code = "R003",
        offset = one.first - 1,
        length = one.last - one.first + 1,
        message = ("the value %s does not stay inside %s"):format(M.quote(one.text),
          STRINGS[state] or "its text"),
        help = is_basic
          and "write the text in '…' or '''…''', where a backslash and \" mean themselves"
          or "write the text in a form whose quotes the value does not hold",
      }
      if #problems >= PROBLEMS_MAX then
        return
      end
    end
  end
end

---@class engine.template.Session one test file
---@field env engine.template.Env
---@field name string
---@field source string
---@field budget engine.template.Budget
local Session = {}
Session.__index = Session
Session.__close = function(self)
  self:close()
end

---@class engine.template.SessionOptions
---@field name? string        the file as it is shown; default "template"
---@field dir? string         absolute, where it is; without it nothing else can be read
---@field project_dir? string absolute
---@field determinism? engine.Determinism
---@field texts? fun(path: string): string? texts that stand for those on disk
---@field tags? engine.template.Tag[] of the source, where they are known already, with `controls`
---@field controls? { first: integer, last: integer }[]
---@field again? { seed?: integer, now?: integer } of an earlier rendering: what it drew by, and the
---   time that it told
---@field cell_steps? integer that each cell but the first takes before its tags
---@field uses_cache? boolean default true
---@field uses_disk? boolean

--- Opens a test file.
---@param source string
---@param opts? engine.template.SessionOptions
---@return engine.template.Session
function M.open(source, opts)
  opts = opts or {}
  local name = opts.name or "template"
  local load, close, paths, asked, names
  if opts.dir then
    load, close, paths, asked, names = loader.open({ name = name, source = source, dir = opts.dir,
      project_dir = opts.project_dir or opts.dir, texts = opts.texts })
  else
    load = function(wanted)
      return wanted == name and source or nil
    end
  end
  local ctx, states, ends = context.functions(opts), {}, {}
  local tags, controls = opts.tags, opts.controls
  if not tags then
    tags, controls = scan.tags(source)
  end
  for _, tag in ipairs(#controls == 0 and tags or {}) do
    states[tag.first] = tag.state
  end
  for _, tag in ipairs(tags) do
    ends[tag.first] = not tag.is_open and tag.last or nil
  end
  return setmetatable({
    name = name, source = source, ctx = ctx, states = states, ends = ends, close_files = close,
    opts = opts, budget = budget.new(source, #tags + #controls + (opts.cell_steps or 0)),
    paths = paths or {}, asked = asked or {},
    env = environment.new({
      load = load, names = names, ctx = ctx, text = file_text.write, uses_cache = opts.uses_cache,
      uses_disk = opts.uses_disk,
      filters = require("engine.template.filters"), tests = require("engine.template.tests"),
      functions = require("engine.template.functions"),
    }),
  }, Session)
end

--- Gives back what the session holds.
function Session:close()
  if self.close_files then
    self.close_files()
  end
  self.env:close()
end

local RAW_HELP = "what is no tag stands so: `{% raw %}…{% endraw %}`"

--- Advises what is meant where a tag that cannot be read stands in a string or a comment of TOML.
local function raw_help(source, offset)
  local first = source:sub(1, offset + 2):match("^.*(){[{%%#]")
  local last = first and scan.tag_end(source, first)
  local state = first and (not last or last > offset)
    and require("engine.fmt.finder").state_behind(source:sub(1, first - 1))
  return state and state ~= "bare" and RAW_HELP or nil
end

local function other_place(session, p, message)
  return { message = message, file = session.env.files[p.file] or { name = p.file }, line = p.line,
    column = p.column, offset = p.offset, length = p.length }
end

--- Makes the problem of a file of a problem of a template: it may stand in another file.
local function file_problem(session, problem)
  local shown, places = problem, nil
  if problem.file ~= session.name then
    places = { other_place(session, problem, problem.message) }
    for i = #problem.chain, 1, -1 do
      if problem.chain[i].file == session.name then
        shown = problem.chain[i]
      else
        places[#places + 1] = other_place(session, problem.chain[i], "called here")
      end
    end
    if shown == problem then
      shown = { offset = 0, length = 1 }
    end
  end
  local code = problem.is_syntax and "R001" or problem.path and "R002"
    or problem.is_unwritable and "R003" or "R006"
  local first = shown.offset
  local length = shown.length or math.max(#(session.source:match("^[%w_:.]+", first + 1) or "x"), 1)
  if problem.is_unwritable and problem.file == session.name then
    length = (scan.tag_end(session.source, first + 1) or first + 1) - first
  end
  local help = problem.help
  if problem.is_syntax and problem.file == session.name then
    help = help or raw_help(session.source, first)
  end
  return {
    code = code, message = problem.message, help = help, offset = first, length = length,
    places = places, path = problem.path, depth = problem.depth,
    is_elsewhere = problem.file ~= session.name,
    meant = shown == problem and problem.file == session.name and problem.meant or nil,
  }
end

--- Parses and compiles the file, with what it extends and imports.
---@return engine.template.FileProblem? problem
function Session:check()
  local fn, problem = self.env:compiled(self.name, "map")
  return not fn and file_problem(self, problem) or nil
end

--- Makes the map of the pieces, and lists what was inserted.
local function mapped(session, text, pieces, from)
  local pieces_map = map.new()
  local rendered = { text = text, map = pieces_map, inserted = {} }
  local starts, sources, lengths, copied =
    pieces_map.rendered, pieces_map.source, pieces_map.length, pieces_map.copied
  local length, source, n = 0, session.source, 0
  local ends = session.ends
  local i, count = 1, #pieces
  while i <= count do
    local size, origin = #pieces[i], from[i]
    if origin & 1 == 0 then
      n = n + 1
      starts[n], sources[n], lengths[n], copied[n] = length, (origin >> 1) - 1, size, true
    else
      local first = origin >> 1
      while from[i + 1] == 0 do
        i = i + 1
        size = size + #pieces[i]
      end
      local last = ends[first] or scan.tag_end(source, first) or first
      ends[first] = last
      n = n + 1
      starts[n], sources[n], lengths[n], copied[n] = length, first - 1, last - first + 1, false
      if source:sub(first, first + 1) == "{{" then
        rendered.inserted[#rendered.inserted + 1] = {
          first = first, last = last, inner = source:sub(first + 2, last - 2),
          text = text:sub(length + 1, length + size), at = length + 1,
        }
      end
    end
    length, i = length + size, i + 1
  end
  if count == 0 then
    rendered.map:add(0, 0, 0, true)
  end
  return rendered
end

--- Finds all other names at the top of the file that are not defined: they are told at once.
local function all_undefined(session, first, values)
  local list = { first }
  local file = session.env.files[session.name]
  if not file or first.code ~= "R002" then
    return list
  end
  local function is_first(from, to)
    -- Of another file, it is told at the step of the path that is not there.
    return not first.is_elsewhere and first.offset >= from and first.offset <= to
  end
  local nodes = session.env:parsed(file).nodes
  for problem in require("engine.template.undefined").each(file, nodes, values, is_first,
    HELPED_MAX - 1) do
    list[#list + 1] = file_problem(session, problem)
    if #list >= PROBLEMS_MAX then
      break
    end
  end
  return list
end

--- Renders the file.  Its cells share what one template may use up.
---@param scope engine.template.Scope
---@return engine.template.Rendered?
---@return engine.template.FileProblem[] problems
function Session:render(scope)
  local left, spent = self.budget:begin()
  if spent then
    return nil, { spent }
  end
  local values = context.of(scope)
  local again = self.opts.again or {}
  self.ctx.counters, self.ctx.now = draw.counters(again.seed), again.now
  local text, more = self.env:render(self.name, values, "map", left)
  self.budget.left = self.env:left()
  if not text then
    local is_of_all = self.budget:explain(left, more)
    local problem = file_problem(self, more)
    self.budget.problem = is_of_all and problem or nil
    return nil, all_undefined(self, problem, values)
  end
  local rendered, problems = mapped(self, text, more.pieces, more.from), {}
  check_inside(self, rendered, problems)
  rendered.values = values
  return rendered, problems
end

--- Renders what was rendered last once more, with the template and place of each piece.
---@param rendered engine.template.Rendered
---@return engine.template.RenderedText? trace nil: its code is longer, and may be too long
---@return engine.template.FileProblem? problem
---@return table<integer, table> files by their numbers, as the pieces name them
function Session:trace(rendered)
  self.ctx.counters = draw.counters(draw.drawn(self.ctx))
  local again, trace = self.env:render(self.name, rendered.values, "trace:main")
  if not again then
    return nil, file_problem(self, trace), self.env.by_base
  end
  assert(again == rendered.text, "a traced rendering gives the same text")
  return trace, nil, self.env.by_base
end

--- Whether other templates or macros may have written something of what was rendered.
---@return boolean
---@nodiscard
function Session:has_others()
  return self.env.count > 1 or self.source:find("%f[%w_]macro%f[^%w_]") ~= nil
end

--- Tells which variables of the environment the functions of templates asked for.
---@return string[] names sorted
function Session:variables()
  local names = {}
  for name in pairs(self.ctx.variables) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

--- Tells which variables of the environment the file hangs on: those above, and those behind the
--- standard names that it uses.
---@return string[] names
function Session:inputs()
  return context.inputs(self.ctx, self:used())
end

--- Tells which files were read besides the main template.
---@return string[] paths
function Session:files()
  return self.paths
end

--- Notes what the rendered texts hang on, beside the source, values and variables.
---@param trail engine.model.Trail
function Session:note(trail)
  trail.clock, trail.asked = self.ctx.has_told_time, self.asked
end

--- Tells which names the templates used.
---@return table<string, true>
function Session:used()
  return self.env:used()
end

return M
