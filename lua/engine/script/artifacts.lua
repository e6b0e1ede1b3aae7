--- Files that tests attach to the report: .clnrm/artifacts/FILE/TEST/NAME of the project.
local error_new = require("core.error").new
local fs = require("core.fs")

---@class engine.script.artifacts
local M = {}

local FILE_MAX = 64 << 20 -- bytes of one file
local COUNT_MAX = 100 -- files of one test

--- Says whether a text can be the name of an attached file.
---@param name string
---@return boolean
function M.is_name(name)
  return #name <= 200 and name:match("^[%w_%-][%w_%-%. ]*$") ~= nil
end

--- Makes a name of a directory from any text.
local function directory_of(text)
  local name = text:gsub("[^%w_%-%.]", "_"):gsub("^%.", "_")
  return #name <= 150 and name or name:sub(1, 150)
end

local function refuse(message)
  return nil, error_new({ code = "ELIMIT", op = "test.attach", message = message })
end

--- Writes an attached file.
---@param context engine.script.Context
---@param name string
---@param bytes string
---@return string? path as seen from the project
---@return core.Error? err
function M.keep(context, name, bytes)
  local scenario = context.cx.scenario
  context.attached = (context.attached or 0) + 1
  if #bytes > FILE_MAX then
    return refuse(("%d bytes, of %d at most"):format(#bytes, FILE_MAX))
  elseif context.attached > COUNT_MAX then
    return refuse(("more than %d files"):format(COUNT_MAX))
  end
  local dir = (".clnrm/artifacts/%s/%s"):format(directory_of(scenario.file),
    directory_of(scenario.name))
  local root, err = fs.open_root(scenario.suite.project_dir)
  if not root then
    return nil, err
  end
  local path = dir .. "/" .. name
  local ok
  ok, err = root:mkdir_p(dir)
  if ok then
    ok, err = root:write_atomic(path, bytes, { sync = false })
  end
  root:close()
  return ok and path, err
end

return M
