--- Formats one text: TOML, or a template that renders to TOML.
---
--- The layout is printed in C from the tokens of the one parser (core.toml), so what is formatted
--- is what a run reads.  Nothing is executed.  A text that comes out otherwise than it must is
--- refused, never written: engine.fmt.verify.
local files = require("engine.fmt.files")
local finder = require("engine.fmt.finder")
local joins = require("engine.fmt.joins")
local structure = require("engine.fmt.structure")
local tags = require("engine.fmt.tags")
local toml = require("core.toml")
local verify = require("engine.fmt.verify")

---@class engine.fmt
local M = {}

local TEMPLATE_MAX = require("engine.template.limits").SOURCE_BYTES

local PART = "its name is none of a test file, so its text may land inside of a string of another"

---@class engine.fmt.Options
---@field width? integer   columns; default 100
---@field indent? integer  default 2
---@field align? boolean   equals signs and comments of lines that follow each other
---@field lines? { [1]: integer, [2]: integer } only what stands on these, from 1
---@field verify? boolean  also format the result, which must stay as it is
---@field is_named? boolean  the name is the file's own, and tells whether it is a test file

---@class engine.fmt.Result
---@field text? string nil when the text is left as it is
---@field problems? engine.diag.Diagnostic[] why: what is wrong with it
---@field note? engine.diag.Diagnostic or: a template without one structure
---@field bug? engine.diag.Diagnostic or: what was made of it would not be the same

--- Turns lines into offsets.
local function offsets(text, lines)
  if not lines then
    return nil, nil
  end
  local at, line, from = 1, 1, nil
  while true do
    if line == lines[1] then
      from = at - 1
    end
    local feed = text:find("\n", at, true)
    if not feed or line == lines[2] then
      local to = feed or #text
      return from or #text, math.max(to, 1)
    end
    at, line = feed + 1, line + 1
  end
end

local function place(text, offset, d)
  d.line, d.column = toml.line_column(text, offset)
  d.offset = offset
  return d
end

local function layout(text, opts, file, mark)
  local from, to = offsets(text, opts.lines)
  return {
    width = opts.width,
    indent = opts.indent,
    align = opts.align,
    from = from,
    to = to,
    keep_lines = mark ~= nil,
    mark = mark,
    loose = mark ~= nil,
    source = file,
  }
end

--- Says that a text would have come out wrong.
local function bug(file, why)
  return {
    bug = {
      severity = "error",
      code = "F011",
      file = file,
      message = "left as it is: formatted, " .. why,
      help = "this is a bug in clnrm; please report it with the file",
    },
  }
end

--- Makes the proof's second formatting; lines are no longer where they were.
local function again(opts, file, mark)
  if not opts.verify or opts.lines then
    return nil
  end
  return function(text)
    return (M.print(text, layout(text, opts, file, mark)))
  end
end

--- What of a failure is told: problems of the text, or that it would become too large.
local function problems_of(err, file)
  if err[1] then
    return require("engine.diag").of_toml(err, file)
  end
  return { { severity = "error", code = "E003", file = file, message = err.message } }
end

--- Prints a text of TOML.
M.print = toml.format

local function of_toml(text, file, opts)
  local made, err = M.print(text, layout(text, opts, file))
  if not made then
    return { problems = problems_of(err, file) }
  end
  local proof = { again = again(opts, file) }
  local why = verify.problem(text, made, proof)
  return why and bug(file, why) or { text = made }
end

local function left(text, file, offset, length, why)
  return {
    note = place(text, offset, {
      severity = "note",
      code = "F010",
      file = file,
      length = length,
      message = "left as it is: " .. why,
    }),
  }
end

local function of_template(text, file, opts)
  if #text > TEMPLATE_MAX then
    return left(text, file, 0, 1, "it is larger than 4 MiB, and no template may be")
  end
  local found, at, why_not = finder.find(text)
  if not found then
    return left(text, file, at, 2, why_not)
  end
  local masked = tags.mask(text, tags.pieces(text, found))
  if not masked then
    return left(text, file, 0, 1, "it holds every character that could mark a tag")
  end
  local made, err = M.print(masked.text, layout(text, opts, file, masked.mark))
  if not made and err[1] then
    local first = err[1]
    return left(text, file, first.offset, math.max(first.length, 1),
      "with a value for each of its tags it is no TOML: "
        .. tags.unmask(masked, first.message, first.offset))
  elseif not made then
    return { problems = problems_of(err, file) }
  end
  local tag, why = structure.problem(masked)
  if tag then
    return left(text, file, tag.first - 1, tag.last - tag.first + 1, why)
  end
  tag = joins.problem(text, found)
  if tag then
    return left(text, file, tag.first - 1, tag.last - tag.first + 1, joins.WHY)
  end
  local proof = { loose = true, again = again(opts, file, masked.mark) }
  why = verify.problem(masked.text, made, proof) or verify.commas(masked.text, made, masked.mark)
  if why and not toml.same(masked.text, made, { loose = true, commas = true })
    and toml.same(masked.text, made, { loose = true }) then
    return left(text, file, 0, 1, "a comma stands behind a tag that it cannot be moved over")
  end
  local restored = not why and tags.restore(masked, made)
  if not restored then
    return bug(file, why or "a tag would be missing")
  end
  return { text = restored }
end

--- Formats a text.
---@param text string
---@param file string its name, as the user would write it
---@param opts? engine.fmt.Options
---@return engine.fmt.Result
---@nodiscard
function M.format(text, file, opts)
  if opts and opts.is_named and files.is_part(file, text) then
    return left(text, file, 0, 1, PART)
  end
  return (finder.has_tags(text) and of_template or of_toml)(text, file, opts or {})
end

return M
