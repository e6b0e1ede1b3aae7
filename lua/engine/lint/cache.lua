--- Texts in which lint found nothing, by what they hold: they need not be looked at again.
---
--- Known is only what hangs on the text alone: nothing that names other files, and no finding.
--- Where rules of the project are on nothing is known: they are given the file's name, too, and may
--- remember what they saw in other files.  The key holds the program, the rules that are on and
--- their options: nothing old is believed.  What cannot be read or written is no error: the files
--- are looked at then.
local fs = require("core.fs")
local hash = require("core.hash")
local json = require("core.json")

---@class engine.lint.cache
local M = {}

local VERSION = "clnrm-lint 1 "
local ENTRIES_MAX = 50000
local FILE_MAX = 4 << 20

---@class engine.lint.Cache
---@field path? string     nil: nothing is kept
---@field key string
---@field known table<string, boolean> digest → seen in this run
---@field count integer
---@field is_changed boolean
local Cache = {}
Cache.__index = Cache

--- Names what the program is: a build of another time is another file.
---@return string? build
---@nodiscard
function M.program()
  local stat = fs.stat("/proc/self/exe")
  return stat and ("%d %d %d %d"):format(stat.dev, stat.ino, stat.size, stat.mtime_ns)
end

local function key_of(linter, build)
  local parts = { build }
  for _, rule in ipairs(linter.rules) do
    local options = linter.options_of[rule.code]
    parts[#parts + 1] = rule.code .. (next(options) and json.encode(options) or "")
  end
  table.sort(parts)
  return hash.xxh128(table.concat(parts, "\n"))
end

local function folder()
  local base, home = os.getenv("XDG_CACHE_HOME"), os.getenv("HOME")
  if not base or base:sub(1, 1) ~= "/" then
    base = home and home:sub(1, 1) == "/" and home .. "/.cache" or nil
  end
  return base and base .. "/clnrm/lint"
end

--- Opens what is known of a project.
---@param linter engine.lint.Linter
---@param project_dir string
---@return engine.lint.Cache
function M.open(linter, project_dir)
  local self = setmetatable({ known = {}, count = 0, is_changed = false }, Cache)
  local build, dir = M.program(), folder()
  if next(linter.custom_options) then
    return self
  elseif not build or not dir or not linter.is_our_own then
    return self -- a module may be another one in the next run
  end
  self.key, self.dir = key_of(linter, build), dir
  self.path = dir .. "/" .. hash.xxh128(project_dir)
  local text = fs.read(self.path, { max = FILE_MAX, nofollow = true, owned = true })
  local head = VERSION .. self.key .. "\n"
  if text and text:sub(1, #head) == head then
    for digest in text:gmatch("(%x+)\n", #head + 1) do
      self.known[digest] = false
      self.count = self.count + 1
    end
  end
  return self
end

--- Says whether nothing was found in a text.
---@param digest string
---@return boolean
function Cache:has(digest)
  if not self.path then
    return false
  end
  if self.known[digest] == nil then
    return false
  end
  self.known[digest] = true
  return true
end

--- Names a text, and whether it is read as Lua or TOML.
---@param file string
---@param text string
---@return string digest
---@nodiscard
function M.digest(file, text)
  return hash.xxh128(file:find("%.lua$") and "lua\0" .. text or text)
end

--- Notes that nothing was found in a text.
---@param digest string
function Cache:add(digest)
  if self.path and self.known[digest] == nil then
    self.known[digest], self.is_changed = true, true
    self.count = self.count + 1
  end
end

--- Writes what is known; of too much, what this run has seen.
function Cache:store()
  if not self.is_changed then
    return
  end
  local lines = {}
  for digest, is_seen in pairs(self.known) do
    if is_seen or self.count <= ENTRIES_MAX then
      lines[#lines + 1] = #lines < ENTRIES_MAX and digest or nil
    end
  end
  lines[#lines + 1] = ""
  if fs.mkdir_p(self.dir) then
    fs.write_atomic(self.path, VERSION .. self.key .. "\n" .. table.concat(lines, "\n"),
      { sync = false, nofollow = true })
  end
end

--- Whether what lint finds in a file hangs on its text alone.
---@param root engine.model.Checked
---@return boolean
---@nodiscard
function M.is_self_contained(root)
  local value = root.value
  if value.hooks or value.report or value.assertions or value.secrets or value.property then
    return false
  elseif value.room and (value.room.value.image or "host") ~= "host" then
    return false
  end
  for _, spelling in ipairs({ "service", "services" }) do
    for _, item in ipairs(value[spelling] or {}) do
      local service = item.value and item.value.value or { plugin = true }
      if service.plugin or service.volumes or service.files or service.build
        or (service.image or "host") ~= "host" then
        return false
      end
    end
  end
  return true
end

return M
