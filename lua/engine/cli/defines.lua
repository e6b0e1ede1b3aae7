--- What -D and --vars give to the names in tags: what the commands share that read test files.
local defined = require("engine.template.defined")
local exit_codes = require("engine.cli.exit_codes")

local M = {}

local FILE_MAX = 4 << 20

--- Whether a value holds null, which TOML and the tags of a test file have no use for.
local function has_null(value, null)
  if type(value) == "table" then
    for _, item in pairs(value) do
      if has_null(item, null) then
        return true
      end
    end
  end
  return value == null
end

--- Reads the text of --vars: JSON when it is named so or begins with a brace, else TOML.
---@return table<string, any>? values
---@return string? problem
local function decode(text, file)
  local json, toml = require("core.json"), require("core.toml")
  local values, err
  if file:find("%.json$") or file == "-" and text:find("^%s*{") then
    values, err = json.decode(text)
    if err then
      local pos, message = err.pos, err.message:gsub("^line %d+, column %d+: ", "")
      return nil, pos and ("%s:%d:%d: %s"):format(file, pos.line, pos.column, message)
        or ("%s: %s"):format(file, message)
    elseif type(values) ~= "table" or getmetatable(values) ~= nil then
      return nil, file .. ": a table of names and values is needed"
    elseif has_null(values, json.null) then
      return nil, file .. ": null is no value that a tag can have"
    end
    return values
  end
  values, err = toml.decode(text, { source = file })
  if not values then
    local p = err[1] or err
    return nil, ("%s:%d:%d: %s"):format(file, p.line or 1, p.column or 1, p.message)
  end
  return values
end

local function read(file)
  local text, err
  if file == "-" then
    text = io.read("a") or ""
    if #text > FILE_MAX then
      return nil, "standard input is larger than 4 MiB"
    end
  else
    text, err = require("core.fs").read(file, { max = FILE_MAX })
    if not text then
      return nil, err.code == "ELIMIT" and file .. ": larger than 4 MiB" or err.message
    end
  end
  return decode(text, file)
end

--- Reads what the command line gives; complains about what cannot be read.
---@param cx engine.cli.Context
---@return engine.template.Given[]? given nil: it was told what is wrong
---@return engine.model.Seen seen to be filled by who reads the files
function M.read(cx)
  local given, file = {}, cx.opts.vars
  if file == "-" and require("core.term").is_tty(0) then
    cx:usage_error("--vars -: standard input is a terminal", "write the values into it: < FILE")
    return nil
  end
  if file then
    local values, problem = read(file)
    if not values then
      cx:error("--vars " .. problem)
      return nil
    end
    for name, value in pairs(values) do
      local why = defined.bad_name(name)
      if why then
        cx:error(("--vars %s: %s: %s"):format(file, name, why))
        return nil
      end
      given[#given + 1] = { name = name, value = value, origin = "--vars " .. file }
    end
    table.sort(given, function(a, b)
      return a.name < b.name
    end)
  end
  for _, one in ipairs(cx.opts.define or {}) do
    given[#given + 1] = { name = one.name, text = one.text, origin = "-D" }
  end
  return given, { used = {}, known = {} }
end

--- Lists what -D can be meant for.
local function names_of(seen)
  local names = {}
  for _, list in ipairs({ seen.known, require("engine.template.context").STANDARD }) do
    for name in pairs(list) do
      names[#names + 1] = name
    end
  end
  return names
end

--- Tells of values behind -D whose names no tag uses: they were meant to change something.
---@param cx engine.cli.Context
---@param seen engine.model.Seen
---@return boolean ok
local function check_used(cx, seen)
  local used, told, ok = seen.used, {}, true
  for _, one in ipairs(cx.opts.define or {}) do
    local name = one.name
    if not (used[name] or used["vars." .. name] or used["vars.*"] or used.__tera_context)
      and not told[name] then
      told[name], ok = true, false
      local near = require("engine.suggest").nearest(name, names_of(seen))
      cx.err:write(("%s: -D %s: no tag of the files that were read uses this name%s\n"):format(
        cx.opts.strict and "error" or "warning", cx:safe(name),
        near and (": did you mean %s?"):format(cx:safe(near)) or ""))
    end
  end
  return ok
end

--- Checks the names behind -D after all files were read; with --strict a needless one is an error.
---@param cx engine.cli.Context
---@param seen engine.model.Seen
---@param is_whole boolean every file was read to its end, so that no name is missed
---@return integer? exit_code
function M.judge(cx, seen, is_whole)
  local is_told = is_whole and (cx.opts.strict or not cx.opts.quiet)
  if is_told and not check_used(cx, seen) and cx.opts.strict then
    return exit_codes.INPUT
  end
end

return M
