--- The user's own settings: $XDG_CONFIG_HOME/clnrm/config.toml.
local fs = require("core.fs")

local M = {}

local FILE_MAX = 1 << 20

--- Names the file, whether it is there or not.
---@param env fun(name: string): string?
---@return string? path nil: there is no home
function M.path(env)
  local config, home = env("XDG_CONFIG_HOME"), env("HOME")
  if not (config and config:match("^/")) then
    config = home and home:match("^/") and home .. "/.config"
  end
  return config and config .. "/clnrm/config.toml" or nil
end

--- Reads the file.
---@param env fun(name: string): string?
---@return engine.config.Source? source nil: there is none
---@return string? why it is there and cannot be read
function M.read(env)
  local path = M.path(env)
  local text, err
  if path then
    text, err = fs.read(path, { max = FILE_MAX })
  end
  if text then
    return { file = path, text = text, is_users = true }
  elseif err and err.code ~= "ENOENT" and err.code ~= "ENOTDIR" then
    return nil, "settings of the user: " .. err.message
  end
end

return M
