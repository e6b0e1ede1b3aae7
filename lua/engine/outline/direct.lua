--- Reads a test file that fits directly: from its text, or what plain tags make of it, to what
--- plans read of it.
---
--- It knows no errors: where anything may be wrong, or hang on more than the text, the environment
--- and the project's [vars], it gives nothing, and the file is read by engine.model as a whole.
local fits = require("engine.model.fits")
local loader = require("engine.loader")
local plain = require("engine.outline.plain")
local project_vars = require("engine.model.project_vars")
local source = require("engine.diag.source")
local toml = require("core.toml")
local vars_of = require("engine.outline.vars")

---@class engine.outline.direct
local M = {}

local VALUES_MAX = 50000 -- as engine.model has it

--- Whether a file may be read so: nothing else has a say.
local function may_be(opts, dir)
  return dir ~= "/" and not (opts.define and opts.define[1] or opts.run_modules or opts.texts
    or opts.visit or opts.suites or opts.traces) and not loader.overrides()[1]
end

local function has_tags(text)
  return text:find("{{", 1, true) or text:find("{%", 1, true) or text:find("{#", 1, true)
end

--- Makes a Suite of a text that may be rendered.
---@param text string
---@param about table of engine.outline.plain
---@param vars? table what was read before the tags
---@param rendered? engine.template.Once
local function suite_of(text, about, vars, rendered)
  if not fits.text(text, rendered ~= nil) then
    return nil
  end
  local root, positions = toml.decode(text, { positions = true, max_values = VALUES_MAX })
  if not root then
    return nil
  end
  local lines, once = source.lines(about.text), rendered and require("engine.template.once")
  local suite = vars_of.are_same(root.vars, vars) and plain.suite(root, {
    positions = positions,
    line = function(offset)
      return (source.position(lines, once and once.source_of(rendered, offset) or offset))
    end,
  }, about)
  positions:close()
  return suite or nil
end

--- Reads a template; gives the Suite, and what tells its trail.
local function rendered_suite(text, about, opts)
  local vars, is_certain = vars_of.read(text)
  if not is_certain or text:find("\0", 1, true) then
    return nil
  end
  local project = project_vars.of(about.project_dir, nil, opts.project_text, opts.known)
  local rendered = require("engine.template.once").render(text, {
    name = opts.file, determinism = opts.determinism,
  }, function(used)
    return vars_of.are_used(vars, used) and { vars = vars, project = project } or nil
  end)
  local suite = rendered and suite_of(rendered.text, about, vars, rendered)
  if not suite then
    return nil
  end
  suite.inputs, suite.drawn_seed, suite.given = rendered.inputs, rendered.drawn_seed, opts.define
  return suite, function()
    return { clock = rendered.has_told_time,
      secret = require("engine.secrets").are_named({ vars or {}, project or {} }, rendered.used) }
  end
end

local function no_trail()
  return {}
end

--- Reads a file; nil: it is to be read as a whole.
---@param text string
---@param path string absolute
---@param opts engine.model.Options
---@param dir string of the project
---@return engine.model.Suite? suite
---@return (fun(): engine.model.Trail)? trail what it was read from, then
---@nodiscard
function M.read(text, path, opts, dir)
  if not may_be(opts, dir) then
    return nil
  end
  local about = { file = opts.file, path = path, project_dir = dir, text = text,
    determinism = opts.determinism }
  if has_tags(text) then
    return rendered_suite(text, about, opts)
  end
  return suite_of(text, about), no_trail
end

return M
