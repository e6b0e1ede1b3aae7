--- Words of a text, and the names that are made of them: slug, kebab, snake, camel, pascal.
local spaces = require("engine.template.spaces")
local text = require("core.text")

---@class engine.template.words
local M = {}

-- Letters that have no decomposition into Latin ones, in lower case.  Scripts that need a
-- dictionary (Han, Kana, Hangul) are left out: each such letter ends a word.
local LATIN = {
  ["ß"] = "ss", ["æ"] = "ae", ["œ"] = "oe", ["ø"] = "o", ["đ"] = "d", ["ð"] = "d", ["þ"] = "th",
  ["ł"] = "l", ["ħ"] = "h", ["ı"] = "i", ["ĸ"] = "k", ["ŋ"] = "ng", ["ŧ"] = "t", ["ſ"] = "s",
  ["ə"] = "e", ["ƒ"] = "f",
  ["а"] = "a", ["б"] = "b", ["в"] = "v", ["г"] = "g", ["д"] = "d", ["е"] = "e", ["ж"] = "zh",
  ["з"] = "z", ["и"] = "i", ["й"] = "i", ["к"] = "k", ["л"] = "l", ["м"] = "m", ["н"] = "n",
  ["о"] = "o", ["п"] = "p", ["р"] = "r", ["с"] = "s", ["т"] = "t", ["у"] = "u", ["ф"] = "f",
  ["х"] = "kh", ["ц"] = "ts", ["ч"] = "ch", ["ш"] = "sh", ["щ"] = "shch", ["ъ"] = "", ["ы"] = "y",
  ["ь"] = "", ["э"] = "e", ["ю"] = "iu", ["я"] = "ia", ["ё"] = "io", ["є"] = "ie", ["і"] = "i",
  ["ї"] = "yi", ["ґ"] = "g", ["ђ"] = "dj", ["ј"] = "j", ["љ"] = "lj", ["њ"] = "nj", ["ћ"] = "tsh",
  ["џ"] = "dzh",
  ["α"] = "a", ["β"] = "b", ["γ"] = "g", ["δ"] = "d", ["ε"] = "e", ["ζ"] = "z", ["η"] = "e",
  ["θ"] = "th", ["ι"] = "i", ["κ"] = "k", ["λ"] = "l", ["μ"] = "m", ["ν"] = "n", ["ξ"] = "x",
  ["ο"] = "o", ["π"] = "p", ["ρ"] = "r", ["σ"] = "s", ["ς"] = "s", ["τ"] = "t", ["υ"] = "u",
  ["φ"] = "ph", ["χ"] = "kh", ["ψ"] = "ps", ["ω"] = "o",
}

-- What Unicode takes apart, but is a letter of its own in the table above.
local function latin(char)
  local known = LATIN[char]
  if known then
    return known
  end
  local bare = assert(text.bare(char))
  return bare:gsub(utf8.charpattern, function(part)
    if part:byte() >= 0x80 then
      return LATIN[part] or " "
    end
  end)
end

--- Writes a text in letters of ASCII, as far as they can stand for it.
---@param s string
---@return string
function M.ascii(s)
  if not s:find("[\x80-\xff]") then
    return s
  end
  return (s:gsub("[\xC2-\xF4][\x80-\xBF]*", function(char)
    local known = latin(char)
    if known == " " or known == char then
      local low = assert(text.lower(char))
      known = low ~= char and latin(low) or known
      return known == " " and " " or (known:gsub("^%l", string.upper))
    end
    return known
  end))
end

--- Makes a slug: lower case, digits and hyphens.
---@param s string
---@return string
function M.slug(s)
  local slug = M.ascii(s):lower():gsub("[^a-z0-9]+", "-"):gsub("^%-", ""):gsub("%-$", "")
  return slug
end

--- Splits a text into its words: at what is no letter or digit, and where a small letter or a digit
--- is before a capital ("fooBar"), or an abbreviation ends ("HTTPServer").
---@param s string
---@return string[] in lower case, of ASCII
function M.split(s)
  local plain = spaces.plain(M.ascii(s)):gsub("[\"'`]", "")
  plain = plain:gsub("([%l%d])(%u)", "%1 %2"):gsub("(%u)(%u%l)", "%1 %2")
  local list = {}
  for word in plain:gmatch("[%w]+") do
    list[#list + 1] = word:lower()
  end
  return list
end

--- Joins the words of a text by a sign.
---@param s string
---@param sign string
---@return string
function M.joined(s, sign)
  return table.concat(M.split(s), sign)
end

local function capital(word)
  return (word:gsub("^%l", string.upper))
end

--- Writes the words of a text as one, each but the first with a capital.
---@param s string
---@param first_too? boolean the first with a capital as well
---@return string
function M.humped(s, first_too)
  local list = M.split(s)
  for i, word in ipairs(list) do
    list[i] = (i > 1 or first_too) and capital(word) or word
  end
  return table.concat(list)
end

return M
