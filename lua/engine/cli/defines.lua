--- What -D and --vars give to the names in tags: what the commands share that read test files.
local exit_codes = require("engine.cli.exit_codes")

local M = {}

local function bad_name(name)
  return require("engine.template.defined").bad_name(name)
end

local FILE_MAX = 4 << 20
local NAMES_SHOWN = 8 -- of a file, that nothing uses

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

--- Reads the text of --vars: JSON when it is named so, or is from a pipe and begins with a brace;
--- else TOML.
---@return table<string, any>? values
---@return string? problem
local function decode(text, file, is_stream)
  local json, toml = require("core.json"), require("core.toml")
  local values, err
  if file:find("%.json$") or is_stream and text:find("^%s*{") then
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

--- Reads a stream to its end, or as far as it may go.
local function read_stream(stream, what)
  local text = stream:read(FILE_MAX + 1) or ""
  if #text > FILE_MAX then
    return nil, what .. " is larger than 4 MiB"
  end
  return text
end

--- Reads a pipe: what a shell makes of `<(command)`.  It can be read once.
local function read_pipe(file)
  local stream, why = io.open(file, "rb")
  if not stream then
    return nil, why
  end
  local text, problem = read_stream(stream, file)
  stream:close()
  return text, problem
end

--- Whether a file can be read once alone.
---@param file string as --vars names it
---@return boolean
---@nodiscard
function M.is_stream(file)
  local stat = file ~= "-" and require("core.fs").stat(file)
  return file == "-" or stat ~= nil and stat.type == "fifo"
end

local function read(file)
  local fs, is_pipe = require("core.fs"), file ~= "-" and M.is_stream(file)
  local text, problem, err
  if file == "-" then
    text, problem = read_stream(io.stdin, "standard input")
  elseif is_pipe then
    text, problem = read_pipe(file)
  else
    text, err = fs.read(file, { max = FILE_MAX })
    problem = err and (err.code == "ELIMIT" and file .. ": larger than 4 MiB" or err.message)
  end
  if not text then
    return nil, problem
  end
  return decode(text, file, file == "-" or is_pipe)
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
    local values, problem = cx.stream_values, nil
    if not values then
      values, problem = read(file)
    end
    if not values then
      cx:error("--vars " .. problem)
      return nil
    end
    cx.stream_values = M.is_stream(file) and values or nil -- `clnrm dev` asks again
    for name, value in pairs(values) do
      local why = bad_name(name)
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
  return given, { used = {}, known = {}, given = given }
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

--- Lists the given names that no tag uses, each once.
local function unused(seen)
  local used, told, list = seen.used, {}, {}
  for _, one in ipairs(seen.given) do
    local name = one.name
    if not (used[name] or used["vars." .. name] or used["vars.*"] or used.__tera_context
      or told[name]) then
      told[name] = true
      list[#list + 1] = one
    end
  end
  return list
end

--- Tells of given values whose names no tag uses: they were meant to change something.  A file has
--- those of many tests, so its names are told together, but those that are nearly others.
---@param cx engine.cli.Context
---@param seen engine.model.Seen
---@return boolean ok
local function check_used(cx, seen)
  local list, of_file, origin = unused(seen), {}, nil
  local severity, known = cx.opts.strict and "error" or "warning", list[1] and names_of(seen)
  local function tell(form, ...)
    cx.err:write(("%s: %s\n"):format(severity, form:format(...)))
  end
  for _, one in ipairs(list) do
    local name, near = cx:safe(one.name), require("engine.suggest").nearest(one.name, known)
    local help = near and near ~= one.name and (": did you mean %s?"):format(cx:safe(near))
      or seen.used["matrix." .. one.name]
      and (": {{ matrix.%s }} is always the cell's"):format(name) or nil
    if help or one.text then
      tell("%s%s %s: no tag of the files that were read uses this name%s", cx:safe(one.origin),
        one.text and "" or ":", name, help or "")
    else
      of_file[#of_file + 1], origin = name, one.origin
    end
  end
  if origin then
    local more = #of_file > NAMES_SHOWN and (" and %d more"):format(#of_file - NAMES_SHOWN) or ""
    tell("%s: no tag of the files that were read uses %s%s", cx:safe(origin),
      table.concat(of_file, ", ", 1, math.min(#of_file, NAMES_SHOWN)), more)
  end
  return not list[1]
end

--- Checks the given names after all files were read; with --strict a needless one is an error.
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
