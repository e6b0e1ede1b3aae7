--- The settings of a developer loop: which files hold them, and that they are read again.
local clock = require("core.clock")
local fs = require("core.fs")
local place = require("engine.snapshot.place")

---@class engine.dev.settings
local M = {}

--- Where a file is, though it may not be there yet.
local function real(path)
  local folder, name = place.split(path)
  local known = folder ~= "" and fs.realpath(folder) or folder
  return fs.realpath(path) or known .. "/" .. name
end

--- Finds what touches every test when it changes, and heeds [watch] of the settings: each time that
--- they were read.
---@param self engine.dev.Loop
---@param since_ns integer core.clock.wall() before they were read
---@return core.Error? err of a folder that cannot be watched
function M.settle(self, since_ns)
  local set, cx, list, unwatched = {}, self.cx, {}, nil
  local of_user = require("engine.config.user").path(os.getenv)
  for _, path in ipairs({ cx.project.file or false, cx.opts["env-file"] or false,
    cx.opts.vars ~= "-" and cx.opts.vars or false, of_user or false }) do
    if path then
      list[#list + 1] = real(path)
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
  self.debounce_ms = cx.config.values["watch.debounce_ms"]
  if bad then
    cx.err:write(("warning: `watch.ignore` is not heeded: '%s' is no pattern\n"):format(
      cx:safe(bad)))
  end
  return err or unwatched
end

--- Takes the files of the settings out of a cause: what was saved with them stays.
local function take_out(self, cause)
  local list = {}
  for _, path in ipairs(cause.list) do
    if not self.everywhere.files[path] then
      list[#list + 1] = path
    end
  end
  cause.list = list
  for path in pairs(self.everywhere.files) do
    cause.changed[path] = nil
  end
end

--- Reads the settings again when their file has changed. When it is wrong, or gone so that the
--- project would be another, those of before stay, and the cause is of what was saved besides.
---@param self engine.dev.Loop
---@param cause engine.dev.Cause
function M.refresh(self, cause)
  local cx = self.cx
  local is_other = cause.is_all
  for path in pairs(cause.changed) do
    is_other = is_other or self.everywhere.files[path]
      or path:match("[^/]*$") == "clnrm.toml" or path:match("[^/]*$") == "cleanroom.toml"
  end
  if not is_other then
    return
  end
  local project, config, since_ns = cx.project, cx.config, clock.wall()
  cx.project, cx.config = nil, nil
  local is_read, problem = cx:load_config()
  if not is_read or cx.project.dir ~= project.dir then
    cx.project, cx.config = project, config
    problem = problem or {}
    self.settings_sources = problem.sources
    self.state:apply({
      event = "reload_failed", help = problem.help, diagnostics = problem.diagnostics,
      is_gone = is_read and true or nil, message = is_read
        and "clnrm.toml is gone, or another hides it: the settings of before stand until it counts"
        or "the settings are wrong: those of before stand until they are saved again",
    })
    take_out(self, cause)
    return
  end
  M.settle(self, since_ns)
  if self.state.problem then
    self.settings_sources = nil
    self.state:apply({ event = "settings_read" })
  end
end

return M
