--- Test files that were planned before: what plans read of them is kept, so that a file that is as
--- it was is not rendered and checked again.
---
--- Nothing old is believed.  An outline is found by all that decides how a file is read (options,
--- the project and its file, what the command line gives to tags), and counts only where the text,
--- the templates that were asked for and the variables that the tags use are what they were.  Kept
--- are files without any finding, of which nothing else has a say: no other file was looked at
--- while they were checked, no time was told, nothing was drawn, no secret is in them.  What is
--- in doubt is read.  A run never goes by outlines.
local clock = require("core.clock")
local code = require("engine.outline.code")
local fs = require("core.fs")
local hash = require("core.hash")
local outline = require("engine.outline.suite")
local project_dir = require("engine.model.project_dir")
local project_vars = require("engine.model.project_vars")
local store = require("engine.outline.store")

---@class engine.outline
local M = {}

local SIZE_MAX = 16 << 20 -- as engine.model has it
local ABSENT = "-"
local REST_NS = 60 * 1000000000

local stats = { known = 0, written = 0, files = 0 }

---@class engine.outline.About what is kept of a file, beside its suites
---@field is_template boolean
---@field variables string[] name and digest of the value, in turn
---@field asked? { name: string, digest: string }[] templates: of one that is not there "-"
---@field used? string[]  names in tags, where the command line gives some
---@field known? string[] that have a value

local function digest_of(text)
  return text and hash.xxh128(text) or ABSENT
end

--- Whether a text has the password of a URL in it, or what is given to a name of a secret.
local function speaks_of_secrets(text)
  return require("engine.secrets.word").mask(text) ~= text
end

--- Whether something that the command line gives to tags may be a secret.
local function secret_is_given(define)
  if not define or not define[1] then
    return false
  end
  local is_there = speaks_of_secrets(code.write(define) or "")
  require("engine.secrets").each_given(define, function()
    is_there = true
  end)
  return is_there
end

--- Names the way in which files are read; nil: nothing is kept.
---@param opts engine.model.Options
---@return string?
local function way_of(opts)
  if not opts.caches or opts.run_modules or opts.texts or opts.visit or opts.suites
    or secret_is_given(opts.define) or not store.is_open() then
    return nil
  end
  return code.write({
    strict = opts.strict, as_run = opts.as_run, allow = opts.allow, backend = opts.backend,
    determinism = opts.determinism, define = opts.define,
  })
end

---@class engine.outline.Loader
---@field ways table<string, string|false> by the project
---@field digests table<string, string> of variables
local Loader = {}
Loader.__index = Loader

--- Names how a file is read; nil: it is not kept.
function Loader:key(path, opts, dir)
  local way = self.ways[dir]
  if way == nil then
    way = way_of(opts)
    way = way and hash.xxh128(way) .. dir .. "\0"
      .. hash.xxh128(project_vars.text(dir, opts.project_text, opts.known)) .. "\0" or false
    self.ways[dir] = way
  end
  return way and hash.xxh128(way .. path .. "\0" .. opts.file) or nil
end

--- Whether the variables that tags use are what they were.
function Loader:has_same_variables(variables)
  for i = 1, #variables, 2 do
    local name = variables[i]
    self.digests[name] = self.digests[name] or digest_of(os.getenv(name))
    if self.digests[name] ~= variables[i + 1] then
      return false
    end
  end
  return true
end

--- Whether the templates that were asked for are what they were.
local function has_same_templates(asked, path, opts, text, dir)
  if not asked then
    return true
  end
  local folder = path:match("^(.*)/[^/]*$") or "."
  local load, close = require("engine.template.loader").open({ name = opts.file, source = text,
    dir = folder ~= "" and folder or "/", project_dir = dir })
  for _, one in ipairs(asked) do
    if digest_of((load(one.name))) ~= one.digest then
      close()
      return false
    end
  end
  close()
  return true
end

local function add_names(set, names)
  for _, name in ipairs(names or {}) do
    set[name] = true
  end
end

--- Makes the suites of what was kept.
---@return engine.model.Suite[]? suites nil: it is no longer so
function Loader:restore(entry, path, opts, text, dir)
  local kept = entry.about
  if not self:has_same_variables(kept.variables)
    or not has_same_templates(kept.asked, path, opts, text, dir) then
    return nil
  end
  local about = { file = opts.file, path = path, project_dir = dir, text = text,
    given = kept.is_template and opts.define or nil }
  for i, suite in ipairs(entry.suites) do
    entry.suites[i] = outline.restore(suite, about)
  end
  add_names(opts.seen.used, kept.used)
  add_names(opts.seen.known, kept.known)
  return entry.suites
end

local function names_of(set)
  local names = {}
  for name in pairs(set) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

--- Lists the variables that the tags of a file use; nil: one of them may be a secret.
local function variables_of(suites)
  local list, is_secret = {}, require("engine.secrets").is_secret_name
  for _, name in ipairs(suites[#suites].inputs or {}) do
    local value = os.getenv(name)
    if value and (is_secret(name) or speaks_of_secrets(value)) then
      return nil
    end
    list[#list + 1], list[#list + 2] = name, digest_of(value)
  end
  return list
end

--- Keeps what was read of a file, where all that has a say in it is known.
local function keep(key, text_digest, suites, trail, seen)
  local variables = not (trail.looks or trail.clock or trail.secret) and variables_of(suites)
  local outlines = variables and outline.write(suites)
  if not outlines then
    return
  end
  local asked = {}
  for i, one in ipairs(trail.asked or {}) do
    asked[i] = { name = one.name, digest = digest_of(one.text) }
  end
  local has_given = seen.given and seen.given[1]
  local around = code.write({
    variables = variables, asked = asked[1] and asked, is_template = suites[1].given ~= nil,
    used = has_given and names_of(seen.used), known = has_given and names_of(seen.known),
  })
  if around then
    local is_written = store.put(key, text_digest,
      ("{suites=%s,about=%s}"):format(outlines, around))
    stats.written = stats.written + (is_written and 1 or 0)
  end
end

--- Whether a file was not written just now.  To read one directly is quick, and to keep it takes
--- longer: it pays where the file stays as it is.
local function is_at_rest(path)
  local stat = fs.stat(path)
  return stat ~= nil and clock.wall() - stat.mtime_ns > REST_NS
end

--- Reads a test file that is not known.
function Loader:read(path, opts, text, dir, key, text_digest)
  local trail, seen = {}, { used = {}, known = {}, given = opts.seen.given }
  local own = setmetatable({ given_text = text, project_dir = dir, trail = trail, seen = seen },
    { __index = opts })
  local suite, list, source, suites = require("engine.model").load(path, own)
  for name in pairs(seen.used) do
    opts.seen.used[name] = true
  end
  for name in pairs(seen.known) do
    opts.seen.known[name] = true
  end
  if suite and not list[1] then
    keep(key, text_digest, suites or { suite }, trail, seen)
  end
  return suite, list, source, suites
end

--- Reads a test file, or finds again what was read of it.
---@param path string
---@param opts engine.model.Options with `file`, `known` and `seen`
---@return engine.model.Suite?
---@return engine.diag.Diagnostic[] diagnostics
---@return string? text
---@return engine.model.Suite[]? suites
function Loader:load(path, opts)
  stats.files = stats.files + 1
  if path:find("%.lua$") then
    return require("engine.model").load(path, opts)
  end
  local dir = project_dir.of(path, opts.project_dir, opts.known)
  local text = opts.given_text or fs.read(path, { max = SIZE_MAX })
  local key = text and not opts.given_text and self:key(path, opts, dir)
  local text_digest = key and hash.xxh128(text)
  local entry = key and store.get(key, text_digest)
  local suites = entry and self:restore(entry, path, opts, text, dir)
  if suites then
    stats.known = stats.known + 1
    return suites[1], {}, text, suites
  end
  local suite, trail = nil, nil
  if text then
    suite, trail = require("engine.outline.direct").read(text, path, opts, dir)
  end
  if suite then
    if key and is_at_rest(path) then
      keep(key, text_digest, { suite }, trail(), opts.seen)
    end
    return suite, {}, text, { suite }
  elseif key then
    return self:read(path, opts, text, dir, key, text_digest)
  end
  return require("engine.model").load(path, opts)
end

--- Makes what reads the files of one call, as engine.model.load does.
---@return fun(path: string, opts: engine.model.Options): engine.model.Suite?,
---       engine.diag.Diagnostic[], string?, engine.model.Suite[]?
---@nodiscard
function M.loader()
  local self = setmetatable({ ways = {}, digests = {} }, Loader)
  return function(path, opts)
    return self:load(path, opts)
  end
end

--- Says, in a line, how many files were known, and why none can be kept.
---@return string
---@nodiscard
function M.tell()
  local problem = not store.is_open() and require("engine.build_folder").problem("outlines")
  return ("outlines: %d of %d files are as they were (%d written)%s"):format(stats.known,
    stats.files, stats.written, problem and "; none are kept: " .. problem.text or "")
end

return M
