--- Files that tests attach to the report: .clnrm/artifacts/FILE/TEST/NAME of the project.
local error_new = require("core.error").new
local fs = require("core.fs")
local hash = require("core.hash")
local place = require("engine.script.artifact_place")

---@class engine.script.artifacts
local M = {}

local FILE_MAX = 64 << 20 -- bytes of one file
local COUNT_MAX = 100 -- files of one test
local DIGEST = 12 -- hexadecimal digits

--- Says whether a text can be the name of an attached file.
---@param name string
---@return boolean
function M.is_name(name)
  return #name <= 200 and name:match("^[%w_%-][%w_%-%. ]*$") ~= nil
end

--- Makes a name of a file or a directory from any text.
---@param text string
---@return string
---@nodiscard
function M.safe_name(text)
  local name = text:gsub("[^%w_%-%.]", "_"):gsub("^%.", "_")
  return #name <= 150 and name or name:sub(1, 150)
end

local function refuse(message)
  return nil, error_new({ code = "ELIMIT", op = "test.attach", message = message })
end

local folders_of = setmetatable({}, { __mode = "k" }) ---@type table<table, table<string, string>>

--- A text of a scenario without secrets, which a template may have put into it.
local function without_secrets(secrets, text, scenario)
  return secrets and secrets:name(text, scenario.id) or text
end

--- Names the folders of the scenarios of a file: one whose name comes to the same as that of an
--- earlier one, once it is safe, gets a number.
local function name_folders(suite, secrets)
  local folders, taken = {}, {}
  for _, scenario in ipairs(suite.scenarios or {}) do
    local name = M.safe_name(without_secrets(secrets, scenario.name, scenario))
    taken[name] = (taken[name] or 0) + 1
    folders[scenario.name] = taken[name] == 1 and name or ("%s~%d"):format(name, taken[name])
  end
  return folders
end

local function folder_of(scenario, secrets)
  local suite = scenario.suite
  folders_of[suite] = folders_of[suite] or name_folders(suite, secrets)
  return folders_of[suite][scenario.name]
    or M.safe_name(without_secrets(secrets, scenario.name, scenario))
end

--- Names a test file as seen from its project, from wherever clnrm was started.
local function file_of(scenario)
  local path, prefix = scenario.suite.path, (scenario.suite.project_dir or "") .. "/"
  return path and path:sub(1, #prefix) == prefix and path:sub(#prefix + 1) or scenario.file
end

--- Names the folder of a file, or of a cell of it: what had to be changed to be safe gets a digest,
--- so that no two have one.  Of files, others may be in no run together with this one; a number, as
--- scenarios have it, would not stay.
local function folder_of_file(scenario, secrets)
  local file = file_of(scenario) .. (scenario.cell and "[" .. scenario.cell .. "]" or "")
  file = without_secrets(secrets, file, scenario)
  local name = M.safe_name(file)
  return name == file and name or ("%s-%s"):format(name, hash.xxh3(file):sub(1, DIGEST))
end

--- Says where the files of a scenario are kept, seen from the project.
local function directory_of(scenario, secrets)
  return (".clnrm/artifacts/%s/%s"):format(folder_of_file(scenario, secrets),
    folder_of(scenario, secrets))
end

--- Where this run keeps them: another one may be writing there.
local function own_directory_of(scenario, secrets)
  local folder = directory_of(scenario, secrets)
  return folder .. place.suffix(scenario.suite.project_dir, folder)
end

--- Calls `fn(root, ...)` with the project as a root that nothing leads out of.
local function in_project(scenario, fn, ...)
  local root, err = fs.open_root(scenario.suite.project_dir)
  if not root then
    return nil, err
  end
  local ok
  ok, err = fn(root, ...)
  root:close()
  return ok, err
end

local function write(root, path, bytes)
  local ok, err = root:mkdir_p(path:match("^(.*)/"))
  if ok then
    ok, err = root:write_atomic(path, bytes, { sync = false })
  end
  return ok, err
end

--- Writes a file of a scenario; folders in its name are made.
---@param scenario engine.model.Scenario
---@param name string below the scenario's folder; its parts are safe names
---@param bytes string
---@param secrets? engine.run.Secrets that are in no name of a folder
---@return string? path as seen from the project
---@return core.Error? err
function M.write(scenario, name, bytes, secrets)
  local path = own_directory_of(scenario, secrets) .. "/" .. name
  local ok, err = in_project(scenario, write, path, bytes)
  return ok and path, err
end

local function remove(root, path, folder)
  place.remove_others(root, folder)
  local ok, err = root:remove_tree(path)
  return ok or err.code == "ENOENT" or nil, err
end

--- Removes what an earlier run has kept of a scenario.
---@param scenario engine.model.Scenario
---@param name? string just that file or folder
---@param secrets? engine.run.Secrets as for `write`
---@return true? ok
---@return core.Error? err
function M.clear(scenario, name, secrets)
  local path = own_directory_of(scenario, secrets)
  return in_project(scenario, remove, name and path .. "/" .. name or path,
    directory_of(scenario, secrets))
end

--- Writes an attached file.
---@param context engine.script.Context
---@param name string
---@param bytes string
---@return string? path as seen from the project
---@return core.Error? err
function M.keep(context, name, bytes)
  context.attached = (context.attached or 0) + 1
  if #bytes > FILE_MAX then
    return refuse(("%d bytes, of %d at most"):format(#bytes, FILE_MAX))
  elseif context.attached > COUNT_MAX then
    return refuse(("more than %d files"):format(COUNT_MAX))
  end
  local scenario, secrets = context.cx.scenario, context.run and context.run.secrets
  if secrets then
    name, bytes = secrets:name(name, scenario.id), secrets:bytes(bytes, scenario.id)
  end
  return M.write(scenario, name, bytes, secrets)
end

return M
