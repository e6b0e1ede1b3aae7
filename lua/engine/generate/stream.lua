--- Numbers that look random and are the same on every machine: SplitMix64, begun by a hash.
---
--- A stream is named: its first state is XXH3 (64 bits) of the seed, the generator's name and the
--- number of the call.  So each call of each generator has a stream of its own, and one call more
--- changes none of the others.  The generator is SplitMix64 (G. Steele, D. Lea, C. Flood, "Fast
--- Splittable Pseudorandom Number Generators", OOPSLA 2014).  Never for secrets.
local hash = require("core.hash")

---@class engine.generate.stream
local M = {}

---@class engine.generate.Stream
---@field private state integer
local Stream = {}
Stream.__index = Stream

--- Opens the stream of a call.
---@param seed integer|string
---@param name string of the generator
---@param call integer its number among the calls of that generator, from 0
---@return engine.generate.Stream
---@nodiscard
function M.of(seed, name, call)
  local kind = type(seed) == "string" and "s" or "i"
  local key = ("clnrm.generate/1\0%s%s\0%s\0%d"):format(kind, tostring(seed), name, call)
  return setmetatable({ state = hash.integer(key) }, Stream)
end

--- Draws 64 bits.
---@return integer
function Stream:u64()
  self.state = self.state + 0x9E3779B97F4A7C15
  local z = self.state
  z = (z ~ (z >> 30)) * 0xBF58476D1CE4E5B9
  z = (z ~ (z >> 27)) * 0x94D049BB133111EB
  return z ~ (z >> 31)
end

--- Draws an integer from 0 to `count` - 1, each as likely as the others.
---@param count integer at least 1
---@return integer
function Stream:below(count)
  local most = math.maxinteger - math.maxinteger % count -- above it, the first ones were favoured
  local drawn
  repeat
    drawn = self:u64() >> 1
  until drawn < most
  return drawn % count
end

--- Draws an integer from `low` to `high`.
---@param low integer
---@param high integer not less than `low`
---@return integer
function Stream:between(low, high)
  local span = high - low
  if span >= 0 and span < math.maxinteger then
    return low + self:below(span + 1)
  end
  local drawn
  repeat -- wider than half of all integers: most draws are inside
    drawn = self:u64()
  until drawn >= low and drawn <= high
  return drawn
end

--- Draws a float from 0 up to but not 1, with 53 bits.
---@return number
function Stream:float()
  return (self:u64() >> 11) * 0x1p-53
end

--- Draws true as often as `percent` of 100 times.
---@param percent? number default 50
---@return boolean
function Stream:chance(percent)
  return self:float() * 100 < (percent or 50)
end

--- Draws an item of a list that is not empty.
---@generic T
---@param list T[]
---@return T
function Stream:pick(list)
  return list[self:below(#list) + 1]
end

--- Draws a text of signs.
---@param alphabet string of single bytes
---@param count integer
---@return string
function Stream:text(alphabet, count)
  local out = {}
  for i = 1, count do
    local at = self:below(#alphabet) + 1
    out[i] = alphabet:sub(at, at)
  end
  return table.concat(out)
end

--- Draws bytes.
---@param count integer
---@return string
function Stream:bytes(count)
  local words = {}
  for i = 1, (count + 7) // 8 do
    words[i] = ("<i8"):pack(self:u64())
  end
  return table.concat(words):sub(1, count)
end

--- Draws lower-case hexadecimal digits.
---@param count integer
---@return string
function Stream:hex(count)
  return assert(hash.hex(self:bytes((count + 1) // 2))):sub(1, count)
end

--- Draws an order of the items of a list (Fisher and Yates).
---@generic T
---@param list T[]
---@return T[] shuffled a new list
function Stream:shuffle(list)
  local out = table.move(list, 1, #list, 1, {})
  for i = #out, 2, -1 do
    local j = self:below(i) + 1
    out[i], out[j] = out[j], out[i]
  end
  return out
end

return M
