--- Lints many files: reads them, fixes them when asked to, gathers what is told.
local cache_of = require("engine.lint.cache")
local fs = require("core.fs")
local proc = require("core.proc")

---@class engine.lint.run
local M = {}

---@class engine.lint.Run
---@field files integer
---@field list engine.diag.Diagnostic[]  of all files, in their order
---@field sources table<string, string>  texts as they are after the fixes
---@field fixed engine.lint.Finding[]
---@field changed { file: string, path: string, before: string, after: string }[]
---@field suppressed integer
---@field is_broken boolean              the checker refused a file
---@field unsettled { file: string, codes: string[] }[] files in which fixes come to no end
---@field root string                    absolute: what relative paths start at
---@field rule_of fun(code: string): engine.lint.Rule?

local SIZE_MAX = 16 << 20
local PARTS_MIN = 128 << 10 -- bytes of each part

--- Makes what a run gathers.
---@param linter engine.lint.Linter
---@return engine.lint.Run
function M.new(linter)
  local by_code = {}
  for _, rule in ipairs(linter.rules) do
    by_code[rule.code] = rule
  end
  return {
    files = 0, list = {}, sources = {}, fixed = {}, changed = {}, suppressed = 0,
    is_broken = false, unsettled = {}, root = fs.getcwd() or "/",
    rule_of = function(code)
      return by_code[code]
    end,
  }
end

local function add(run, list)
  table.move(list, 1, #list, #run.list + 1, run.list)
end

--- The text as code frames show it: what is secret in it is stars, byte for byte.
local function shown_text(result)
  local text = result.text
  for _, d in ipairs(result.list) do
    if d.is_secret then
      local stop = d.offset + d.length
      text = text:sub(1, d.offset) .. text:sub(d.offset + 1, stop):gsub("[^\r\n]", "*")
        .. text:sub(stop + 1)
    end
  end
  local suite = type(result.suite) == "table" and result.suite or nil
  return require("engine.cli.suites").without_secrets(text, suite)
end

local function unreadable(entry, err)
  return require("engine.model.unreadable").diagnostic(entry.file, entry.path, err)
end

--- Lints one text and takes what is told into the run.
---@async
---@param run engine.lint.Run
---@param linter engine.lint.Linter
---@param text string
---@param opts { file: string, path: string, project_dir: string, fixes?: "safe"|"unsafe",
---       define?: engine.template.Given[], seen?: engine.model.Seen,
---       project_text?: string }
---@return engine.lint.Result
function M.text(run, linter, text, opts)
  local function lint(one, told_max)
    return linter:text(one, opts.path, { file = opts.file, project_dir = opts.project_dir,
      define = opts.define, seen = opts.seen, project_text = opts.project_text,
      told_max = told_max })
  end
  local result = lint(text)
  if opts.fixes then
    local fix = require("engine.lint.fix")
    local fixed, endless
    result, fixed, endless = fix.run(result, { unsafe = opts.fixes == "unsafe", lint = lint })
    table.move(fixed, 1, #fixed, #run.fixed + 1, run.fixed)
    if result.text ~= text then
      run.changed[#run.changed + 1] =
        { file = opts.file, path = opts.path, before = text, after = result.text }
    end
    run.unsettled[#run.unsettled + 1] = endless and { file = opts.file, codes = endless }
  end
  run.files = run.files + 1
  run.suppressed = run.suppressed + result.suppressed
  run.is_broken = run.is_broken or result.is_broken
  if result.list[1] then
    run.sources[opts.file] = shown_text(result)
    add(run, result.list)
  end
  return result
end

---@class engine.lint.Outcome what is told of a file; plain, so that another process can find it
---@field list engine.diag.Diagnostic[]
---@field shown? string      the text for code frames, where there are any
---@field suppressed integer
---@field is_broken? boolean
---@field digest? string     of a text that is known for good

--- Lints a file and says what is told of it.
---@async
---@param linter engine.lint.Linter
---@param entry { file: string, path: string, project_dir: string }
---@param opts { define?: engine.template.Given[], seen?: engine.model.Seen,
---       project_text?: string, cache?: engine.lint.Cache, digests?: boolean }
---       digests: are asked for, as with a cache
---@return engine.lint.Outcome
---@nodiscard
function M.outcome(linter, entry, opts)
  local text, err = fs.read(entry.path, { max = SIZE_MAX })
  if not text then
    return { list = { unreadable(entry, err) }, suppressed = 0, is_broken = true }
  end
  local result = linter:text(text, entry.path, { file = entry.file,
    project_dir = entry.project_dir, define = opts.define, seen = opts.seen,
    project_text = opts.project_text })
  local is_asked = opts.cache or opts.digests
  return {
    list = result.list,
    shown = result.list[1] and shown_text(result) or nil,
    suppressed = result.suppressed,
    is_broken = result.is_broken,
    digest = is_asked and result.is_known and cache_of.digest(entry.file, text) or nil,
  }
end

--- Whether nothing was found in a file before, as it is now; else how much it holds.
---@param counts boolean somebody wants to know how much
---@return boolean is_known
---@return integer bytes
local function is_known(entry, cache, counts)
  if not cache or cache.count == 0 then
    local stat = counts and fs.stat(entry.path)
    return false, stat and stat.size or 0
  end
  local text = fs.read(entry.path, { max = SIZE_MAX })
  return text ~= nil and cache:has(cache_of.digest(entry.file, text)), text and #text or 0
end

--- Leaves out the files in which nothing was found before; says how much the others hold, or the
--- first ones of them, where that is enough for all processes there can be.
local function unknown(run, entries, opts)
  local list, bytes = {}, 0
  local enough = opts.settings and proc.cores() * PARTS_MIN or 0 -- for one process each
  for _, entry in ipairs(entries) do
    local known, size = is_known(entry, opts.cache, bytes < enough)
    if known then
      run.files = run.files + 1
    else
      bytes = bytes + size
      list[#list + 1] = { file = entry.file, path = entry.path,
        project_dir = opts.project_dir(entry.path) }
    end
  end
  return list, bytes
end

--- Finds out what is told of files; of many of them in several processes.
local function outcomes(linter, entries, bytes, opts)
  local function lint(entry)
    return M.outcome(linter, entry, opts)
  end
  local parts = opts.settings and bytes >= 2 * PARTS_MIN and require("engine.lint.parts")
  local count = parts and parts.count(bytes) or 1
  local build = count > 1 and cache_of.program()
  if build then
    return parts.lint(entries, count, {
      build = build, settings = opts.settings, project_text = opts.project_text,
      digests = opts.cache ~= nil,
    }, lint)
  end
  local list = {}
  for i, entry in ipairs(entries) do
    list[i] = lint(entry)
  end
  return list
end

--- Fixes what can be fixed in files.
local function fix_all(run, linter, entries, opts)
  local made = {} -- of each file, which may have several names, what became of it
  for _, entry in ipairs(entries) do
    local real = fs.realpath(entry.path) or entry.path
    local text, err = made[real], nil
    if not text then
      text, err = fs.read(entry.path, { max = SIZE_MAX })
    end
    if not text then
      run.files, run.is_broken = run.files + 1, true
      add(run, { unreadable(entry, err) })
    else
      local result = M.text(run, linter, text, {
        file = entry.file, path = entry.path, project_dir = entry.project_dir,
        fixes = opts.fixes, define = opts.define, seen = opts.seen,
        project_text = opts.project_text,
      })
      made[real] = result.text
      if opts.cache and result.is_known then
        opts.cache:add(cache_of.digest(entry.file, result.text))
      end
    end
  end
end

--- Lints files.
---@async
---@param run engine.lint.Run
---@param linter engine.lint.Linter
---@param entries engine.discover.File[]
---@param opts { fixes?: "safe"|"unsafe", project_dir: (fun(path: string): string),
---       cache?: engine.lint.Cache, define?: engine.template.Given[], seen?: engine.model.Seen,
---       project_text?: string, settings?: engine.lint.Options }
---       settings: of the linter, which another process can make by them alone
function M.files(run, linter, entries, opts)
  local list, bytes = unknown(run, entries, opts)
  if opts.fixes then
    fix_all(run, linter, list, opts)
  else
    for i, outcome in ipairs(outcomes(linter, list, bytes, opts)) do
      run.files = run.files + 1
      run.suppressed = run.suppressed + outcome.suppressed
      run.is_broken = run.is_broken or outcome.is_broken or false
      if outcome.list[1] then
        run.sources[list[i].file] = outcome.shown
        add(run, outcome.list)
      end
      if opts.cache and outcome.digest then
        opts.cache:add(outcome.digest)
      end
    end
  end
  if opts.cache then
    opts.cache:store()
  end
end

return M
