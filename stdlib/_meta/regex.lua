---@meta core.regex

--- Regular expressions (PCRE2, UTF-8) whose matching always ends: bounded in time and memory.
---
--- A search that spends its budget gives `nil, err` with the code EBUDGET; no match is nil alone.
--- A subject need not be UTF-8: other bytes match nothing, not even a dot.
---@class core.regex
local regex = {}

---@class core.regex.Options
---@field caseless? boolean
---@field multiline? boolean ^ and $ match at every line
---@field dotall? boolean    . matches newline too
---@field extended? boolean  white space and # comments in the pattern
---@field jit? boolean       false: interpret, slower; to compare
---@field budget_ms? integer time of one call, 1 to 60,000; default 400, and 20 for each MB searched

--- Compiles a pattern, or finds it in the cache.  Refused: more than 64 kB, repeats above 1000, \C,
--- \G.
---@param pattern string
---@param options? core.regex.Options
---@return core.regex.Regex|nil regex
---@return core.Error? err EREGEX, ELIMIT; `detail.position` is the byte in the pattern
---@nodiscard
function regex.compile(pattern, options) end

--- Makes a pattern that matches just a text.
---@param s string
---@return string pattern
---@nodiscard
function regex.escape(s) end

---@class core.regex.CacheStats
---@field hits integer
---@field misses integer
---@field evictions integer
---@field count integer
---@field bytes integer

--- Tells the counters of the cache of compiled patterns.
---@return core.regex.CacheStats stats
---@nodiscard
function regex.cache() end

---@class core.regex.Match
---@field first integer position of the first byte
---@field last integer  position of the last byte; first - 1 for an empty match
---@field [integer] string|false 0: the match, 1 and on: the groups; false: not set
---@field named? table<string, string|false> groups by name, where the pattern has names

---@class core.regex.Regex
local Regex = {}

--- Tells whether the pattern matches anywhere.
---@param s string at most 64 MiB
---@param init? integer position to begin at; default 1
---@return boolean|nil found
---@return core.Error? err EBUDGET, ELIMIT
---@nodiscard
function Regex:test(s, init) end

--- Finds the first match.
---@param s string
---@param init? integer
---@return integer|nil first
---@return integer|core.Error|nil last
---@nodiscard
function Regex:find(s, init) end

--- Finds the first match and its groups.
---@param s string
---@param init? integer
---@return core.regex.Match|nil match
---@return core.Error? err EBUDGET, ELIMIT
---@nodiscard
function Regex:match(s, init) end

--- Counts the matches.
---@param s string
---@return integer|nil count
---@return core.Error? err EBUDGET, ELIMIT
---@nodiscard
function Regex:count(s) end

--- Lists the matches.
---@param s string
---@param max? integer
---@return core.regex.Match[]|nil matches
---@return core.Error? err EBUDGET, ELIMIT
---@nodiscard
function Regex:all(s, max) end

--- Goes through the matches.  Raises the core.Error where the others return it: the end of a loop
--- would look like "no more".
---@param s string
---@return fun(): core.regex.Match|nil
---@nodiscard
function Regex:gmatch(s) end

--- Frees the pattern early; the collector does it otherwise.
function Regex:close() end

return regex
