--- Fake words, sentences, and texts of signs.
---@class engine.generate.fake.text
local M = {}

local WORDS = {
  "anchor", "apple", "arrow", "autumn", "basket", "blanket", "bottle", "branch", "bright", "bronze",
  "butter", "button", "candle", "canvas", "carpet", "castle", "circle", "cloud", "corner", "cotton",
  "dinner", "distant", "dozen", "early", "engine", "evening", "feather", "fence", "field", "finger",
  "flower", "forest", "gentle", "glass", "golden", "grass", "hammer", "harvest", "hollow", "honest",
  "island", "jacket", "journey", "kettle", "kitchen", "ladder", "letter", "little", "marble",
  "market", "metal", "mirror", "morning", "narrow", "needle", "night", "ocean", "orange", "paper",
  "pencil", "picture", "planet", "pocket", "quiet", "rabbit", "ribbon", "river", "rocket",
  "round", "salt", "season", "shadow", "silver", "simple", "slow", "spoon", "spring", "stone",
  "story", "summer", "table", "thread", "timber", "travel", "tunnel", "umbrella", "valley",
  "velvet", "village", "violin", "warm", "water", "window", "winter", "wooden", "yellow",
}

local ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

function M.word(s)
  return s:pick(WORDS)
end

M.WORDS_OPTIONS = { count = 3 }

function M.words(s, o)
  local out = {}
  for i = 1, o.count do
    out[i] = s:pick(WORDS)
  end
  return table.concat(out, " ")
end

M.SENTENCE_OPTIONS = { min = 4, max = 10 }

function M.sentence(s, o)
  local words = M.words(s, { count = s:between(o.min, o.max) })
  return words:sub(1, 1):upper() .. words:sub(2) .. "."
end

M.PARAGRAPH_OPTIONS = { min = 3, max = 7 }

function M.paragraph(s, o)
  local out = {}
  for i = 1, s:between(o.min, o.max) do
    out[i] = M.sentence(s, M.SENTENCE_OPTIONS)
  end
  return table.concat(out, " ")
end

M.STRING_OPTIONS = { len = 10 }

M["string"] = function(s, o)
  return s:text(ALPHABET, o.len)
end

return M
