--- Suites that were read, found again by what they were read from: the rendered text, its source,
--- and what else decides about it.  For programs that read files again and again.
---
--- Content decides, never time.  Only suites that come from their text alone are kept: where there
--- are services, hooks, images, secrets, reports, properties or rules of the project, files and
--- modules of the machine have a say.  Warnings are told anew each time: a suite with some is not
--- kept.  One suite of each file is kept: a file that is saved again and again takes the place of
--- what it was.
local hash = require("core.hash")
local lru = require("core.lru")

---@class engine.model.cache
local M = {}

local COUNT_MAX = 100000 -- the bytes are the limit
local BYTES_MAX = 32 << 20
local TTL_MS = 300000
-- What a suite takes, measured: its tables, and these by each byte of its text.
local SUITE_BYTES, BYTES_PER_BYTE_OF_TEXT = 2500, 21
local DIGEST = #hash.xxh128("")

local cache = lru.open({ count = COUNT_MAX, bytes = BYTES_MAX, ttl_ms = TTL_MS })
local hits, misses = 0, 0

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
---@return string key a digest of where it stands and how it is read, and one of the texts
---@nodiscard
function M.key(text, path, opts, view)
  local d = opts.determinism or {}
  local place = table.concat({
    path, opts.file or "", opts.project_dir or "", view and view.cell or "", opts.backend or "",
    tostring(opts.strict), tostring(opts.run_modules), tostring(opts.as_run), names(opts.allow),
    tostring(d.seed), tostring(d.freeze_ms),
  }, "\0")
  local source = view and hash.xxh128(view.source) or ""
  return hash.xxh128(place) .. hash.xxh128(source .. "\0" .. text)
end

--- Finds a suite.
---@param key string
---@return engine.model.Suite?
---@return integer? values of its text
function M.get(key)
  local kept = cache:get(key:sub(1, DIGEST))
  local suite = kept and kept.texts == key:sub(DIGEST + 1) and kept.suite or nil
  hits, misses = hits + (suite and 1 or 0), misses + (suite and 0 or 1)
  return suite, suite and kept.values
end

local function is_of_its_text(suite)
  return not (suite.services[1] or suite.hooks or suite.has_images or suite.secrets
    or suite.reports or suite.property or suite.assertions)
end

--- Keeps a suite, if its text alone decides about it.
---@param key string
---@param suite engine.model.Suite
---@param text string
---@param values integer of the text
function M.put(key, suite, text, values)
  if is_of_its_text(suite) then
    cache:put(key:sub(1, DIGEST), { suite = suite, texts = key:sub(DIGEST + 1),
      values = values }, SUITE_BYTES + BYTES_PER_BYTE_OF_TEXT * #text)
  end
end

--- Tells the counters; what was kept and is stale is a miss.
---@return core.lru.Stats
---@nodiscard
function M.stats()
  local stats = cache:stats()
  stats.hits, stats.misses = hits, misses
  return stats
end

--- Forgets all of them.
function M.clear()
  cache:clear()
end

return M
