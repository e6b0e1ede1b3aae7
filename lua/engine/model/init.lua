--- Test files: from a text to a Suite, or to everything that is wrong with it.
local Context = require("engine.model.context")
local build = require("engine.model.build")
local diag = require("engine.diag")
local references = require("engine.model.references")
local schema = require("engine.model.schema")
local toml = require("core.toml")

---@class engine.model
local M = {}

---@class engine.model.Options
---@field file? string         the path as the user wrote it; default `path`
---@field project_dir? string  default: where the file is
---@field strict? boolean      warnings are errors

local MARKS = { "{{", "{%", "{#" }

--- Finds the first mark of a template.
---@return integer? at from 1
local function find_template(text)
  local first
  for _, mark in ipairs(MARKS) do
    local at = text:find(mark, 1, true)
    if at and (not first or at < first) then
      first = at
    end
  end
  return first
end

local function syntax_problems(cx, problems)
  for _, p in ipairs(problems) do
    local d = cx:add(p.code, p.offset, p.offset + p.length, p.message, nil, p.help)
    d.line, d.column = p.line, p.column
    if p.related then
      d.related = {
        {
          message = "it collides with this",
          file = cx.file,
          line = p.related.line,
          column = p.related.column,
          offset = p.related.offset,
          length = 1,
        },
      }
    end
  end
end

local function finish(cx)
  diag.sort(cx.list)
  if diag.has_error(cx.list) then
    return nil, cx.list
  end
end

--- Reads the text of a test file.
---@param text string
---@param path string absolute
---@param opts? engine.model.Options
---@return engine.model.Suite?
---@return engine.diag.Diagnostic[] diagnostics warnings when there is a Suite
function M.parse(text, path, opts)
  opts = opts or {}
  local cx = Context.new({ file = opts.file or path, text = text, strict = opts.strict })
  cx.schema = schema
  local mark = find_template(text)
  if mark then
    local what = text:sub(mark, mark + 1)
    cx:add("R001", mark - 1, mark + 1, "templates are not rendered by this build yet",
      ("`%s` makes the file a template"):format(what))
    return finish(cx)
  end
  local root, positions = toml.decode(text, { positions = true, source = cx.file })
  if not root then
    syntax_problems(cx, positions)
    return finish(cx)
  end
  cx.positions = positions
  local checked = schema.root:check(root, cx)
  local suite = build.suite(cx, checked, {
    path = path,
    project_dir = opts.project_dir or path:match("^(.*)/[^/]*$") or ".",
  })
  references.check(cx, checked)
  positions:close()
  local _, errors = finish(cx)
  if errors then
    return nil, errors
  end
  suite.warnings = cx.list
  return suite, cx.list
end

--- Reads a test file.
---@param path string absolute
---@param opts? engine.model.Options
---@return engine.model.Suite?
---@return engine.diag.Diagnostic[] diagnostics warnings when there is a Suite
---@return string? text the source, when it could be read
function M.load(path, opts)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  local suite, list = M.parse(text, path, opts)
  return suite, list, text
end

return M
