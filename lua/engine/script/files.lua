--- `io` of test files: reads regular files of the project, writes what print writes.
---
--- A test's own files are in its room (Room:put, Room:get); what the host has beside the project is
--- none of a test's business.
---@class engine.script.files
local fs = require("core.fs")

local M = {}

local MODES = { r = true, rb = true }

local function is_below(path, dir)
  return dir == "/" or path:sub(1, #dir + 1) == dir .. "/"
end

--- Finds a file of the project, or says why it is not to be read.
---@return string? real path
---@return string? why
---@return integer? errno
local function find(dir, path)
  local full = path:sub(1, 1) == "/" and path or dir .. "/" .. path
  local real, err = fs.realpath(full)
  if not real then
    return nil, err.message, 2
  end
  local stat = fs.stat(real)
  if not is_below(real, dir) then
    return nil, path .. ": not below the project", 13
  elseif not stat or stat.type ~= "file" then
    return nil, path .. ": not a regular file", 22
  end
  return real
end

local function check_path(path, name)
  if type(path) ~= "string" then
    error(("bad argument #1 to '%s' (string expected, got %s)"):format(name, type(path)), 3)
  end
end

local function check_texts(...)
  for i = 1, select("#", ...) do
    local what = type((select(i, ...)))
    if what ~= "string" and what ~= "number" then
      error(("bad argument #%d to 'write' (string expected, got %s)"):format(i, what), 3)
    end
  end
end

--- Makes the `io` of one file.
---@param opts { path?: string, project_dir?: string }
---@param write fun(text: string)
---@return table io
function M.new(opts, write)
  local dir = opts.project_dir or opts.path and opts.path:match("^(.*)/[^/]*$") or "."
  dir = fs.realpath(dir) or dir
  return {
    type = io.type,
    open = function(path, mode)
      check_path(path, "open")
      if not MODES[mode or "r"] then
        return nil, path .. ": tests only read files of the project: mode 'r'", 13
      end
      local real, why, errno = find(dir, path)
      if not real then
        return nil, why, errno
      end
      return io.open(real, "rb")
    end,
    lines = function(path, ...)
      check_path(path, "lines")
      local real, why = find(dir, path)
      if not real then
        error(why, 2)
      end
      return io.lines(real, ...)
    end,
    write = function(...)
      check_texts(...)
      write(table.concat({ ... }))
    end,
  }
end

return M
