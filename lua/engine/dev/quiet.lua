--- Files that a program which goes on has written itself, so it seems, and that are ignored.
---
--- Such a program has no end after which a save would be a person's, so that one counts again when
--- its file was left alone for some time. Each that does not is told; what is written again and
--- again is told as such, and then no more.
---@class engine.dev.quiet
local M = {}

local SECOND_NS = 1000000000
local TOLD_MAX = 10 -- saves of a file in one run; a person has seen it by then
local NEAR_NS = 1.5 * SECOND_NS -- so close to the one before it is told with that

--- How long a file is left alone before a save of it counts, by what engine.dev.outputs says that
--- it is. Programs write what they write in each run soon after their begin: what they are made of
--- before they come to use it.
M.LIMIT_NS = { output = 30 * SECOND_NS, source = 2 * SECOND_NS }

---@class engine.dev.Quiet
---@field private began_ns integer when the run began
---@field private of table<string, { last_ns: integer, told: integer }> by file, or by the folder in
---       which the program makes files
local Quiet = {}
Quiet.__index = Quiet

--- Makes one for a run in which nothing is written yet.
---@param began_ns integer core.clock.now() at its begin
---@return engine.dev.Quiet
---@nodiscard
function M.new(began_ns)
  return setmetatable({ began_ns = began_ns, of = {} }, Quiet)
end

--- Whether a save is a person's: its file was left alone since the run began, or since it was
--- ignored last.
---@param key string the file, or the folder by which it counts
---@param kind "output"|"source"
---@param at_ns integer core.clock.now() of the save
---@return boolean
---@nodiscard
function Quiet:is_save(key, kind, at_ns)
  local one = self.of[key]
  return at_ns - (one and one.last_ns or self.began_ns) > M.LIMIT_NS[kind]
end

--- Takes a save that is ignored.
---@param key string
---@param began_ns integer core.clock.now() of its first event
---@param ended_ns integer of its last one
---@return "told"|"last"|"quiet" how last: it is told that there is no more to be told of it
function Quiet:add(key, began_ns, ended_ns)
  local one = self.of[key]
  local is_near = one and began_ns - one.last_ns < NEAR_NS
  one = one or { last_ns = 0, told = 0 }
  self.of[key], one.last_ns = one, math.max(one.last_ns, ended_ns)
  if is_near or one.told >= TOLD_MAX then
    return "quiet"
  end
  one.told = one.told + 1
  return one.told == TOLD_MAX and "last" or "told"
end

return M
