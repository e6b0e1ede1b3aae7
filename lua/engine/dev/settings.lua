--- The settings of a developer loop: which files hold them, and that they are read again.
local clock = require("core.clock")
local fs = require("core.fs")

---@class engine.dev.settings
local M = {}

--- Finds what touches every test when it changes, and heeds [watch] of the settings.
---@param self engine.dev.Loop
---@param since_ns integer core.clock.wall() before they were read
---@return core.Error? err of a folder that cannot be watched
function M.settle(self, since_ns)
  local set, cx, list, unwatched = {}, self.cx, {}, nil
  local of_user = require("engine.config.user").path(os.getenv)
  for _, path in ipairs({ cx.project.file or false, cx.opts["env-file"] or false,
    cx.opts.vars ~= "-" and cx.opts.vars or false, of_user or false }) do
    if path then
      list[#list + 1] = fs.realpath(path) or path
      set[list[#list]] = true
      local links, err = {}, nil
      if path ~= of_user then
        links, err = self.inputs:watch_file(self.watch, path)
      end
      for _, link in ipairs(links) do
        set[link] = true
      end
      unwatched = unwatched or err
    end
  end
  self.inputs:note_read(list, since_ns)
  local watched, err, bad = self.inputs:heed(self.watch, cx.project, cx.config.values)
  self.everywhere = { files = set, watched = watched }
  if bad then
    cx.err:write(("warning: `watch.ignore` is not heeded: '%s' is no pattern\n"):format(
      cx:safe(bad)))
  end
  return err or unwatched
end

--- Reads the settings again when their file has changed; those of before stay when it is wrong.
---@param self engine.dev.Loop
---@param cause engine.dev.Cause
---@return boolean ok
function M.refresh(self, cause)
  local cx = self.cx
  local is_other = cause.is_all
  for path in pairs(cause.changed) do
    is_other = is_other or self.everywhere.files[path]
      or path:match("[^/]*$") == "clnrm.toml" or path:match("[^/]*$") == "cleanroom.toml"
  end
  if not is_other then
    return true
  end
  local project, config, since_ns = cx.project, cx.config, clock.wall()
  cx.project, cx.config = nil, nil
  if not cx:load_config() then
    cx.project, cx.config = project, config
    self.state:apply({ event = "reload_failed", message = "the settings are wrong: those of before "
      .. "stand until they are saved again" })
    return false
  end
  M.settle(self, since_ns)
  return true
end

return M
