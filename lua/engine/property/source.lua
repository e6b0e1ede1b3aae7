--- The choices that a generated value is made of: drawn, or played again from a list.
---
--- Every generator draws whole numbers from 0 to some bound, where 0 is the simplest choice.  So a
--- shorter list of smaller numbers is a simpler value, whatever the generator: that is all that
--- shrinking needs to know (D. MacIver, A. Donaldson, "Test-Case Reduction via Test-Case
--- Generation", ECOOP 2020).
---
--- How large what is drawn is, hangs on the run: first the simplest value, then edges, then sizes
--- that grow again and again, as QuickCheck's do.  It is no part of the choices.
local stream = require("engine.generate.stream")

local M = {}

--- Most choices of one value; beyond, everything is the simplest.
M.CHOICES_MAX = 10000

--- Run 1 is the simplest value.  In those up to this one each magnitude is an edge: each place of a
--- value sees every edge, with each sign.
M.EDGE_RUNS = 7

local EDGES = 3 -- the least, the one next to it, the most
local EDGE_ONE_IN = 8 -- of the magnitudes of later runs
local EVEN_ONE_IN = { magnitude = 4, length = 2 } -- of the rest: as often near the bound as near 0
local CYCLE, GROWTH = 10, 5 -- runs from the smallest size to the next such; and to the full one

---@class engine.property.Source
---@field choices integer[] that were made
---@field private given? integer[] to be played
---@field private stream? engine.generate.Stream
---@field private run? integer
---@field private count integer magnitudes, lengths and signs by now
local Source = {}
Source.__index = Source

--- Opens a source that plays a list; behind its end every choice is 0.
---@param choices integer[]
---@return engine.property.Source
---@nodiscard
function M.replay(choices)
  return setmetatable({ choices = {}, given = choices }, Source)
end

--- Opens a source of numbers that are drawn.
---@param seed integer|string
---@param run integer from 1
---@return engine.property.Source
---@nodiscard
function M.random(seed, run)
  if run == 1 then
    return M.replay({})
  end
  return setmetatable({ choices = {}, stream = stream.of(seed, "property", run), run = run,
    count = 0 }, Source)
end

local function bits_of(number)
  local bits = 0
  while bits < 63 and number >> bits > 0 do
    bits = bits + 1
  end
  return bits
end

--- Numbers the magnitudes and signs of a value: two edges side by side are different ones.
local function next_place(self)
  self.count = self.count + 1
  return self.count
end

local function edge(number, most)
  return number == EDGES - 1 and most or number
end

--- Draws how large something is: an edge, or so many bits that the run is ready for.
local function drawn_size(self, most, kind)
  local place, drawn = next_place(self), self.stream
  if self.run <= M.EDGE_RUNS then
    return edge((self.run // 2 + place) % EDGES, most)
  elseif drawn:below(EDGE_ONE_IN) == 0 then
    return edge(drawn:below(EDGES), most)
  end
  local step = (self.run - M.EDGE_RUNS - 1) % CYCLE + 1
  local bits = (bits_of(most) * math.min(step, GROWTH) + GROWTH - 1) // GROWTH
  if drawn:below(EVEN_ONE_IN[kind]) > 0 then
    bits = drawn:between(0, bits)
  end
  return drawn:between(0, bits == 0 and 0 or math.min(most, (1 << bits) - 1))
end

local function drawn_magnitude(self, most)
  return drawn_size(self, most, "magnitude")
end

local function drawn_sign(self)
  local place = next_place(self)
  return self.run <= M.EDGE_RUNS and (self.run + place) % 2 or self.stream:below(2)
end

local function drawn_evenly(self, most)
  return self.stream:between(0, most)
end

--- Makes a choice: `draw` says which, unless choices are played.
local function choose(self, most, draw)
  local n = #self.choices + 1
  local chosen = 0
  if n <= M.CHOICES_MAX then
    chosen = self.stream and draw(self, most) or self.given and self.given[n] or 0
  end
  chosen = math.min(chosen, most)
  self.choices[n] = chosen
  return chosen
end

--- Draws a number, each as often as any other.
---@param most integer
---@return integer # from 0 to `most`
function Source:draw(most)
  return choose(self, most, drawn_evenly)
end

--- Draws how far a value is from the simplest one of its kind.
---@param most integer
---@return integer # from 0 to `most`
function Source:magnitude(most)
  return choose(self, most, drawn_magnitude)
end

--- Draws on which side of the simplest value one is.
---@return boolean is_below
function Source:sign()
  return choose(self, 1, drawn_sign) == 1
end

--- Draws how many parts a value gets; no choice, for each part is one of its own: see `more`.
---@param most integer
---@return integer? length nil: choices are played, and tell it
---@nodiscard
function Source:length(most)
  return self.stream and drawn_size(self, most, "length")
end

--- Chooses whether there is one more part.
---@param is_wanted? boolean by the length that was drawn
---@return boolean
function Source:more(is_wanted)
  return choose(self, 1, function()
    return is_wanted and 1 or 0
  end) == 1
end

return M
