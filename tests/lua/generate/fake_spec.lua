local fake = require("engine.generate.fake")
local stream = require("engine.generate.stream")

local DRAWS = 100

local function luhn(digits)
  local sum = 0
  for i = 0, #digits - 1 do
    local n = tonumber(digits:sub(#digits - i, #digits - i))
    n = i % 2 == 1 and n * 2 or n
    sum = sum + (n > 9 and n - 9 or n)
  end
  return sum % 10 == 0
end

local function is_date(s)
  local m = require("engine.template.date.parse").date(s)
  return m and m.year >= 2000 and m.year <= 2029
end

local function in_example_domain(s)
  return s:find("example%.com$") or s:find("example%.net$") or s:find("example%.org$")
    or s:find("%.example$") or s:find("%.test$")
end

--- What must hold of each value of a kind.
local CHECKS = {
  credit_card = function(v)
    return v:find("^%d+$") and #v >= 13 and luhn(v)
  end,
  ipv4 = function(v)
    return v:find("^192%.0%.2%.%d+$") or v:find("^198%.51%.100%.%d+$")
      or v:find("^203%.0%.113%.%d+$")
  end,
  ipv6 = function(v)
    return v:find("^2001:db8:[%x:]+$") and select(2, v:gsub(":", "")) == 7
  end,
  email = function(v)
    return v:find("^[%w.]+@example%.%l+$") and in_example_domain(v)
  end,
  domain = in_example_domain,
  url = function(v)
    return in_example_domain(v:match("^https://([^/]+)/"))
  end,
  mac_address = function(v)
    return #v == 17 and tonumber(v:sub(1, 2), 16) & 3 == 2
  end,
  phone = function(v)
    return v:find("^%+1%-[2-9]%d%d%-555%-01%d%d$")
  end,
  cell_phone = function(v)
    return v:find("^%+44 7700 900%d%d%d$")
  end,
  port = function(v)
    return v >= 1024 and v <= 65535
  end,
  date = is_date,
  datetime = function(v)
    return is_date(v:sub(1, 10)) and v:find("T%d%d:%d%d:%d%dZ$")
  end,
  time = function(v)
    return v:find("^[0-2]%d:[0-5]%d:[0-5]%d$")
  end,
  latitude = function(v)
    return v >= -90 and v <= 90
  end,
  longitude = function(v)
    return v >= -180 and v <= 180
  end,
  float = function(v)
    return v >= 0 and v < 1
  end,
  int = function(v)
    return math.type(v) == "integer" and v >= 0
  end,
  bool = function(v)
    return type(v) == "boolean"
  end,
  hex_color = function(v)
    return v:find("^#%x%x%x%x%x%x$")
  end,
  semver = function(v)
    return v:find("^%d+%.%d+%.%d+$")
  end,
  uuid = function(v)
    return v:find("^%x+%-%x%x%x%x%-4%x%x%x%-[89ab]%x%x%x%-%x+$") and #v == 36
  end,
  words = function(v)
    return select(2, v:gsub("%S+", "")) == 3
  end,
  sentence = function(v)
    local words = select(2, v:gsub("%S+", ""))
    return v:find("^%u.*%.$") and words >= 4 and words <= 10
  end,
  password = function(v)
    return #v >= 8 and #v <= 20
  end,
  string = function(v)
    return #v == 10 and not v:find("[^%w]")
  end,
}

-- The kinds of REFERENCE: what users' files name.
local KINDS = [[name first_name last_name title suffix email username password domain url ipv4 ipv6
  user_agent mac_address street city state zip country latitude longitude phone cell_phone company
  company_suffix industry profession word words sentence paragraph int int_range float bool date
  time datetime timestamp credit_card currency_code currency_name currency_symbol filename extension
  mime_type file_path color hex_color rgb_color string port semver]]

describe("engine.generate.fake", function()
  it("has every kind that files name, and no alias of nothing", function()
    for kind in KINDS:gmatch("%S+") do
      assert.is_function(fake.kinds[kind], kind)
    end
    for alias, kind in pairs(fake.aliases) do
      assert.is_function(fake.kinds[kind], alias)
    end
  end)

  for _, kind in ipairs(fake.list()) do
    it("makes " .. kind .. ", the same for the same stream, and others for others", function()
      local seen, different = {}, 0
      for call = 1, DRAWS do
        local v = fake.make(kind, stream.of(1, kind, call))
        local again = fake.make(kind, stream.of(1, kind, call))
        if v ~= again or v == "" or CHECKS[kind] and not CHECKS[kind](v) then
          error(("%s, then %s"):format(v, again))
        end
        different = different + (seen[v] and 0 or 1)
        seen[v] = true
      end
      assert.is_true(different >= 2, "always the same")
    end)
  end

  it("reads options, and tells wrong ones", function()
    local options = fake.read("int_range", { min = -5, max = -5, seed = 1 })
    assert.equal(-5, fake.make("int_range", stream.of(1, "x", 0), options))
    assert.equal("`min` must not be greater than `max`",
      select(2, fake.read("int", { min = 1, max = 0 })))
    assert.equal("`len` must be a whole number", select(2, fake.read("string", { len = 1.5 })))
    assert.matches("from 0 to 100000", select(2, fake.read("string", { len = 1000000000 })))
    assert.matches("from 0 to 100", select(2, fake.read("bool", { ratio = 101 })))
  end)
end)
