--- What `-o FILE` means: the output of a command in a file, whole or not at all.
---
--- A pipe or a device has no place for another file: it is written to, and so is the file that a
--- stream of this program goes to, for others may write there, too.
local exit_codes = require("engine.cli.exit_codes")
local fs = require("core.fs")
local report_file = require("engine.report.file")

local is_same = report_file.is_same

local M = {}

--- Refuses a file that the command reads: it would be lost.
---@param cx engine.cli.Context
---@param inputs string[] paths, besides those of --vars and of the settings
---@return integer? exit_code then
function M.refuse_input(cx, inputs)
  local path = cx.opts.output
  local stat = path and path ~= "-" and fs.stat(path)
  if not stat or stat.type ~= "file" then
    return nil
  end
  local all = table.move(inputs, 1, #inputs, 1, {})
  all[#all + 1] = cx.opts.vars ~= "-" and cx.opts.vars or nil
  all[#all + 1] = cx.project and cx.project.file
  for _, input in ipairs(all) do
    if is_same(stat, fs.stat(input)) then
      cx:error(("-o %s would replace what this command reads"):format(path), "name another file")
      return exit_codes.INPUT
    end
  end
end

--- Refuses a name of a test, a template or the settings, for what is none of them.
local function refuse_name(cx)
  local path = cx.opts.output
  local name = path:match("[^/]*$")
  if fs.stat(path) and (report_file.is_input(name) or name:find("%.tera$")) then
    cx:error(("-o %s would replace what is a test, a template or the settings"):format(path),
      "name another file")
    return exit_codes.INPUT
  end
end

local function append(path, bytes)
  local file, why = io.open(path, "a")
  if not file then
    return nil, why
  end
  local ok, failure = file:write(bytes)
  local is_closed, late = file:close()
  return ok and is_closed, failure or late
end

--- Writes a text to a path.
---@param cx engine.cli.Context
---@param path string
---@param bytes string
---@return integer? exit_code when it could not be written
function M.write(cx, path, bytes)
  local stat, ok, why = fs.stat(path), true, nil
  if is_same(stat, fs.stat("/dev/stdout")) then
    cx.out:write(bytes)
  elseif is_same(stat, fs.stat("/dev/stderr")) then
    cx.err:write(bytes)
  elseif stat and stat.type ~= "file" and stat.type ~= "directory" then
    ok, why = append(path, bytes)
  elseif stat and stat.type == "directory" then
    ok, why = false, "it is a folder"
  else
    local err
    ok, err = fs.write_atomic(path, bytes)
    why = err and err.message
  end
  if not ok then
    local prefix = path .. ": " -- the system's text names the file, and so does ours
    why = why:sub(1, #prefix) == prefix and why:sub(#prefix + 1) or why
    cx:error(("%s cannot be written: %s"):format(path, why))
    return exit_codes.ENVIRONMENT
  end
end

--- Writes to -o FILE, or to standard output.
---@param cx engine.cli.Context
---@param make fun(write: fun(bytes: string)) writes all of it
---@param inputs? string[] paths that the command reads
---@return integer exit_code
function M.to(cx, make, inputs)
  local path = cx.opts.output
  if not path or path == "-" then
    make(function(bytes)
      cx.out:write(bytes)
    end)
    return exit_codes.OK
  end
  local refused = M.refuse_input(cx, inputs or {}) or refuse_name(cx)
  if refused then
    return refused
  end
  local parts = {}
  make(function(bytes)
    parts[#parts + 1] = bytes
  end)
  return M.write(cx, path, table.concat(parts)) or exit_codes.OK
end

return M
