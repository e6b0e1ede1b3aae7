--- Suites that were read, found again by what they were read from: the rendered text, its source,
--- and what else decides about it.  For programs that read files again and again.
---
--- Content decides, never time.  Only suites that come from their text alone are kept: where there
--- are services, hooks, images, secrets, reports, properties or rules of the project, files and
--- modules of the machine have a say.  Warnings are told anew each time: a suite with some is not
--- kept.
local hash = require("core.hash")
local lru = require("core.lru")

---@class engine.model.cache
local M = {}

local COUNT_MAX = 200
local BYTES_MAX = 16 << 20 -- of the texts
local TTL_MS = 300000

local cache = lru.open({ count = COUNT_MAX, bytes = BYTES_MAX, ttl_ms = TTL_MS })

local function names(set)
  local list = {}
  for name in pairs(set or {}) do
    list[#list + 1] = name
  end
  table.sort(list)
  return table.concat(list, ",")
end

--- Names what a suite is read from.
---@param text string rendered
---@param path string
---@param opts engine.model.Options
---@param view? engine.model.View
---@return string
---@nodiscard
function M.key(text, path, opts, view)
  local d = opts.determinism or {}
  return hash.xxh128(table.concat({
    path, opts.file or "", opts.project_dir or "", view and view.cell or "", opts.backend or "",
    tostring(opts.strict), tostring(opts.run_modules), tostring(opts.as_run), names(opts.allow),
    tostring(d.seed), tostring(d.freeze_ms), view and hash.xxh128(view.source) or "", text,
  }, "\0"))
end

--- Finds a suite.
---@param key string
---@return engine.model.Suite?
function M.get(key)
  return cache:get(key)
end

local function is_of_its_text(suite)
  return not (suite.services[1] or suite.hooks or suite.has_images or suite.secrets
    or suite.reports or suite.property or suite.assertions)
end

--- Keeps a suite, if its text alone decides about it.
---@param key string
---@param suite engine.model.Suite
---@param text string
function M.put(key, suite, text)
  if is_of_its_text(suite) then
    cache:put(key, suite, #text)
  end
end

--- Tells the counters.
---@return core.lru.Stats
function M.stats()
  return cache:stats()
end

--- Forgets all of them.
function M.clear()
  cache:clear()
end

return M
