--- Writes moments by the format strings of the Rust crate `chrono`.
local civil = require("engine.template.date.civil")

---@class engine.template.date.format
local M = {}

local DAYS = { [0] = "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday" }
local MONTHS = {
  "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
  "November", "December",
}

--- What a specifier stands for in other specifiers.
local COMPOUND = {
  D = "%m/%d/%y", x = "%m/%d/%y", F = "%Y-%m-%d", v = "%e-%b-%Y", R = "%H:%M", T = "%H:%M:%S",
  X = "%H:%M:%S", r = "%I:%M:%S %p", c = "%a %b %e %H:%M:%S %Y", ["+"] = "%Y-%m-%dT%H:%M:%S%.f%:z",
}

local function hour12(m)
  return (m.hour + 11) % 12 + 1
end

-- Number, width, what fills it up when nothing else is said.
local NUMBERS = {
  C = { function(m) return m.year // 100 end, 2, "0" },
  y = { function(m) return m.year % 100 end, 2, "0" },
  m = { function(m) return m.month end, 2, "0" },
  d = { function(m) return m.day end, 2, "0" },
  e = { function(m) return m.day end, 2, " " },
  H = { function(m) return m.hour end, 2, "0" },
  k = { function(m) return m.hour end, 2, " " },
  I = { hour12, 2, "0" },
  l = { hour12, 2, " " },
  M = { function(m) return m.minute end, 2, "0" },
  S = { function(m) return m.second end, 2, "0" },
  f = { function(m) return m.nanosecond end, 9, "0" },
  j = { function(m) return m.yearday end, 3, "0" },
  w = { function(m) return m.weekday end, 1, "" },
  u = { function(m) return (m.weekday + 6) % 7 + 1 end, 1, "" },
  U = { function(m) return (m.yearday - 1 + 7 - m.weekday) // 7 end, 2, "0" },
  W = { function(m) return (m.yearday - 1 + 7 - (m.weekday + 6) % 7) // 7 end, 2, "0" },
  V = { function(m) return select(2, civil.iso_week(m)) end, 2, "0" },
  g = { function(m) return civil.iso_week(m) % 100 end, 2, "0" },
  q = { function(m) return (m.month + 2) // 3 end, 1, "" },
  s = { function(m) return m.unix end, 1, "" },
  Y = { function(m) return m.year end, 4, "0" },
  G = { function(m) return (civil.iso_week(m)) end, 4, "0" },
}

local TEXTS = {
  b = function(m) return MONTHS[m.month]:sub(1, 3) end,
  h = function(m) return MONTHS[m.month]:sub(1, 3) end,
  B = function(m) return MONTHS[m.month] end,
  a = function(m) return DAYS[m.weekday]:sub(1, 3) end,
  A = function(m) return DAYS[m.weekday] end,
  p = function(m) return m.hour < 12 and "AM" or "PM" end,
  P = function(m) return m.hour < 12 and "am" or "pm" end,
  t = function() return "\t" end,
  n = function() return "\n" end,
  ["%"] = function() return "%" end,
}

local PADS = { ["-"] = "", _ = " ", ["0"] = "0" }

local function padded(n, width, pad)
  local digits = ("%d"):format(math.abs(n))
  local sign = n < 0 and "-" or ""
  if pad ~= "" then
    local fill = pad:rep(width - #digits - (pad == " " and #sign or 0))
    return pad == " " and fill .. sign .. digits or sign .. fill .. digits
  end
  return sign .. digits
end

--- Writes a year: beyond four digits with a sign, as RFC 3339's successors do.
local function year_text(year, pad)
  if year > 9999 then
    return "+" .. padded(year, 4, pad)
  end
  return padded(year, 4, pad)
end

local function offset_text(offset, colons, with_seconds)
  local sign, rest = offset < 0 and "-" or "+", math.abs(offset)
  local shown = ("%s%02d%s%02d"):format(sign, rest // 3600, colons, rest // 60 % 60)
  return with_seconds and ("%s%s%02d"):format(shown, colons, rest % 60) or shown
end

local OFFSETS = {
  z = function(o) return offset_text(o, "") end,
  [":z"] = function(o) return offset_text(o, ":") end,
  ["::z"] = function(o) return offset_text(o, ":", true) end,
  [":::z"] = function(o)
    return offset_text(o, ""):sub(1, 3)
  end,
}

--- The digits of a second's fraction: as many as asked for, or 0, 3, 6 or 9.
local function fraction(nanosecond, digits)
  if not digits then
    digits = nanosecond == 0 and 0 or nanosecond % 1000000 == 0 and 3
      or nanosecond % 1000 == 0 and 6 or 9
  end
  return digits == 0 and "" or ("%09d"):format(nanosecond):sub(1, digits)
end

--- Reads the specifier behind a percent sign: what writes it, and where it ends.
local function specifier(format, at)
  local pad, letter = format:match("^([-_0]?)([%a+%%])", at)
  local number = letter and NUMBERS[letter]
  if number then
    pad = PADS[pad] or number[3]
    return at + (#format:match("^[-_0]?", at)) + 1, function(m)
      local n = number[1](m)
      return (letter == "Y" or letter == "G") and year_text(n, pad) or padded(n, number[2], pad)
    end
  end
  local offset = format:match("^:?:?:?z", at)
  if offset then
    return at + #offset, function(m)
      return m.offset and OFFSETS[offset](m.offset)
    end
  end
  local dot, digits = format:match("^(%.?)([369]?)f", at)
  if dot and (dot ~= "" or digits ~= "") then
    return at + #dot + #digits + 1, function(m)
      local shown = fraction(m.nanosecond, tonumber(digits))
      return shown ~= "" and dot .. shown or ""
    end
  end
  letter = format:sub(at, at)
  if TEXTS[letter] then
    return at + 1, TEXTS[letter]
  elseif letter == "Z" then
    return at + 1, function(m)
      return m.zone
    end
  elseif COMPOUND[letter] then
    local parts = M.compile(COMPOUND[letter])
    return at + 1, function(m)
      return M.write(parts, m)
    end
  end
end

--- Reads a format.
---@param format string
---@return (string|fun(m: engine.template.date.Moment): string?)[]? parts nil: a specifier is none
function M.compile(format)
  local parts, at = {}, 1
  while at <= #format do
    local percent = format:find("%", at, true)
    parts[#parts + 1] = format:sub(at, (percent or 0) - 1)
    if not percent then
      break
    end
    local stop, write = specifier(format, percent + 1)
    if not stop then
      return nil
    end
    parts[#parts + 1], at = write, stop
  end
  return parts
end

--- Writes a moment.
---@param parts (string|fun(m: engine.template.date.Moment): string?)[]
---@param m engine.template.date.Moment
---@return string? text nil: the format asks for a zone, and the moment has none
function M.write(parts, m)
  local out = {}
  for i, part in ipairs(parts) do
    local shown = part
    if type(part) == "function" then
      shown = part(m)
    end
    if not shown then
      return nil
    end
    out[i] = shown
  end
  return table.concat(out)
end

return M
