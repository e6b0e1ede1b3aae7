--- Finds the templates that a test file names: beside it, then from the project's root.
local fs = require("core.fs")
local macros = require("engine.template.macros")
local limits = require("engine.template.limits")

local M = {}

local NAMES_MAX = 10000 -- of files of a folder; of more none is suggested

local count = 0

--- A folder's own path below another one; nil when it is not below.
local function below(dir, root)
  if dir == root then
    return ""
  end
  local prefix = root == "/" and "/" or root .. "/"
  return dir:sub(1, #prefix) == prefix and dir:sub(#prefix + 1) .. "/" or nil
end

--- Finds the text that stands for a file on disk; what leads out of the folder has none.
local function given_text(opts, root_dir, path)
  if not opts.texts or ("/" .. path .. "/"):find("/%.%.?/") then
    return nil
  end
  return opts.texts((root_dir == "/" and "" or root_dir) .. "/" .. path)
end

---@class engine.template.Asked a template that another one named
---@field name string
---@field text? string nil: there is none

--- Makes the function that an environment loads templates by.
---@param opts { name: string, source: string, dir: string, project_dir: string,
---   texts?: (fun(path: string): string?) } the main template; both folders absolute
---@return fun(name: string): string?, string?, string? load  the text, or nil and why not; its path
---@return fun() close
---@return string[] paths of the files that were read so far
---@return engine.template.Asked[] asked so far
---@return fun(wanted: string): string[] names that may be meant by one that is not there
function M.open(opts)
  local root, root_dir, prefix
  local paths, asked = {}, {}
  local function open()
    if root == nil then
      prefix = below(opts.dir, opts.project_dir)
      root_dir = prefix and opts.project_dir or opts.dir
      root, prefix = fs.open_root(root_dir) or false, prefix or ""
    end
    return root
  end
  local function find(name)
    if name == "" or name:find("\0", 1, true) or not open() then
      return nil
    end
    local why
    for i, path in ipairs(prefix ~= "" and { prefix .. name, name } or { name }) do
      local text, err = given_text(opts, root_dir, path), nil
      if not text then
        text, err = root:read(path, { max = limits.SOURCE_BYTES })
      end
      if text then
        paths[#paths + 1] = (root_dir == "/" and "" or root_dir) .. "/" .. path
        return text, nil, paths[#paths]
      elseif err.code == "EOUTSIDE" then
        -- a name that leads upwards is one beside the file: from the root it cannot be meant
        local is_meant = i == 1 or not ("/" .. name):find("/../", 1, true)
        why = is_meant and "it lies outside of the project" or why
      elseif err.code ~= "ENOENT" and err.code ~= "ENOTDIR" then
        why = err.message
      end
    end
    return macros[name], why
  end
  --- Lists the templates that could be named where another one is: in the same folder, and those
  --- that are built in.
  local function names(wanted)
    local list, seen = {}, {}
    local function add(name)
      list[#list + 1] = not seen[name] and name ~= opts.name and name or nil
      seen[name] = true
    end
    local folder = wanted:match("^.*/") or ""
    local before = fs.calls()
    for _, path in ipairs(open() and { prefix .. folder, folder } or {}) do
      for _, entry in ipairs(root:scandir(path == "" and "." or path, { max = NAMES_MAX }) or {}) do
        if entry.name:find("%.tera$")
          or entry.name:find("%.toml$") and not entry.name:find("clnrm%.toml$") then
          add(folder .. entry.name)
        end
      end
    end
    count = count + fs.calls() - before
    for name in pairs(folder == "" and macros or {}) do
      add(name)
    end
    return list
  end
  local function load(name)
    if name == opts.name then
      return opts.source, nil, opts.project_dir
    end
    local before = fs.calls()
    local text, why, path = find(name)
    count = count + fs.calls() - before
    asked[#asked + 1] = { name = name, text = text }
    return text, why, path
  end
  return load, function()
    if root then
      root:close()
    end
  end, paths, asked, names
end

--- Counts the calls of core.fs that finding templates took: what they found is noted.
---@return integer
---@nodiscard
function M.looks()
  return count
end

return M
