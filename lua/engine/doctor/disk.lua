--- What `clnrm doctor` tells of file systems: where clnrm writes, and how much room there is.
---@class engine.doctor.disk
local fs = require("core.fs")

local M = {}

M.FREE_MIN = 256 << 20 -- bytes: below it an image or the output of a run may not find its place
M.FILES_MIN = 1000

---@class engine.doctor.disk.Place
---@field what string
---@field path string
---@field remedy string

local function below(env, variable, rest)
  local base, home = env(variable), env("HOME")
  if base and base:sub(1, 1) == "/" then
    return base .. "/clnrm"
  end
  return home and home:sub(1, 1) == "/" and home .. rest .. "/clnrm" or nil
end

--- Lists where clnrm writes.
---@param env fun(name: string): string?
---@return engine.doctor.disk.Place[]
---@nodiscard
function M.places(env)
  local temporary = env("TMPDIR")
  temporary = temporary and temporary:sub(1, 1) == "/" and temporary or "/tmp"
  return {
    { what = "temporary files", path = temporary, remedy = "free some, or name another: TMPDIR" },
    { what = "run records", path = below(env, "XDG_STATE_HOME", "/.local/state"),
      remedy = "clnrm runs prune" },
    { what = "images and templates", path = below(env, "XDG_CACHE_HOME", "/.cache"),
      remedy = "clnrm image ls, then clnrm image rm NAME" },
  }
end

--- Finds the nearest folder upwards that is there: what is not yet is made in it.
local function existing(path)
  while path ~= "" and not fs.exists(path) do
    path = path:match("^(.*)/[^/]*$") or ""
  end
  return path == "" and "/" or path
end

local function size(bytes)
  if bytes >= 1 << 30 then
    return ("%.1f GiB"):format(bytes / (1 << 30))
  end
  return ("%.1f MiB"):format(bytes / (1 << 20))
end

--- Says what is wrong with a file system.
local function problem(space)
  if space.is_read_only then
    return "nothing can be written"
  elseif space.free < M.FREE_MIN then
    return ("only %s are free"):format(size(space.free))
  elseif (space.files_free or M.FILES_MIN) < M.FILES_MIN then
    return ("only %d more files can be made"):format(space.files_free)
  end
end

--- Examines the file systems, each once.
---@param add fun(finding: engine.doctor.Finding)
---@param env? fun(name: string): string? default os.getenv
function M.run(add, env)
  local seen, good = {}, {}
  for _, place in ipairs(M.places(env or os.getenv)) do
    local dir = place.path and existing(place.path)
    local space, stat = dir and fs.space(dir), dir and fs.stat(dir)
    if space and stat and not seen[stat.dev] then
      seen[stat.dev] = true
      local wrong = problem(space)
      if wrong then
        add({ name = "disk", status = "warn", text = ("%s in %s (%s)"):format(wrong, dir,
          place.what), remedy = place.remedy })
      else
        good[#good + 1] = ("%s free in %s (%s)"):format(size(space.free), dir, place.what)
      end
    end
  end
  if good[1] then
    add({ name = "disk", status = "ok", text = table.concat(good, ", ") })
  end
end

return M
