local support = require("tests.lua.template.support")
local zone = require("engine.template.date.zone")

local filter, problem = support.filter, support.problem

local function date(v, format, timezone)
  return filter("date", v, { format = format, timezone = timezone })
end

--- Each row: value, format, zone, text.  What Tera 1.20.1 (chrono 0.4) gave for the same.
local CASES = {
  { 1482720453, nil, nil, "2016-12-26" }, { "2017-3-5", nil, nil, "2017-03-05" },
  { "2019-09-19T15:00:00+02:00", "%F %R %Z", nil, "2019-09-19 15:00 +02:00" },
  { "2017-03-05T00:00:00.602", "%c", nil, "Sun Mar  5 00:00:00 2017" },
  { "2019-09-19T13:18:48.731Z", "%+", nil, "2019-09-19T13:18:48.731+00:00" },
  { "2019-09-19T13:18:48.731Z", "%f %.f %.3f %.6f %3f %9f", nil,
    "731000000 .731 .731 .731000 731 731000000" },
  { -1, "%Y %C %y %m %b %B %h %d %e %a %A %w %u %U %W %G %g %V %j", nil,
    "1969 19 69 12 Dec December Dec 31 31 Wed Wednesday 3 3 52 52 1970 70 01 365" },
  { 0, "%D %x %v %H %k %I %l %P %p %M %S %R %T %X %r%t%n%% %q %s", nil,
    "01/01/70 01/01/70  1-Jan-1970 00  0 12 12 am AM 00 00 00:00 00:00:00 00:00:00 12:00:00 AM"
      .. "\t\n% 1 0" },
  { 0, "%-d %_d %0e %-m %_H %-j %-I %-f", nil, "1  1 01 1  0 1 12 0" },
  { "2016-12-31T23:59:60Z", "%T", nil, "23:59:60" },
  { 253402300800, "%Y-%G", nil, "+10000-9999" },
  { 0, "%F %T %z %:z %::z %:::z", "Asia/Kolkata",
    "1970-01-01 05:30:00 +0530 +05:30 +05:30:00 +05" },
  { 1711846799, "%T %Z", "Europe/Berlin", "01:59:59 CET" },
  { 1711846800, "%T %Z", "Europe/Berlin", "03:00:00 CEST" },
  { 1729990800, "%T %Z", "Europe/Berlin", "02:00:00 CET" },
  { "2019-09-19T01:48:44.581Z", "%F", "America/New_York", "2019-09-18" },
  { 4102444800, "%T %Z", "Australia/Sydney", "11:00:00 AEDT" },
  { 1, "%Z", "Etc/GMT+5", "-05" },
}

describe("the filter date", function()
  for _, case in ipairs(CASES) do
    local v, format, timezone, want = table.unpack(case, 1, 4)
    it(("of %s by %s in %s"):format(v, format or "nothing", timezone or "nothing"), function()
      if timezone and not zone.are_there() then
        pending("no zone files on this machine")
      end
      assert.equal(want, date(v, format, timezone))
    end)
  end

  it("refuses what is no date, no format, no zone", function()
    assert.equal("Invalid date format `%Q`", problem(date, 0, "%Q"))
    assert.equal("Error parsing `2017-02-29` as YYYY-MM-DD date", problem(date, "2017-02-29"))
    assert.matches("as rfc3339 date or naive datetime", problem(date, "2017-02-01T25:00:00"))
    assert.equal("Filter `date` was invoked on a float: 1.5", problem(date, 1.5))
    assert.matches("out%-of%-range", problem(date, math.maxinteger))
    assert.matches("seconds alone have none", problem(date, 0, "%z"))
    assert.matches("timezone", problem(date, 0, "%z", "Narnia"))
    assert.matches("timezone", problem(date, 0, "%z", "../../etc/passwd"))
  end)

  it("reads a zone file that is another one again", function()
    local fs = require("core.fs")
    local folder, dir = zone.FOLDER, assert(fs.tempdir())
    finally(function()
      zone.FOLDER = folder
      fs.remove_tree(dir)
    end)
    for _, name in ipairs({ "Asia/Tokyo", "Africa/Nairobi" }) do
      assert(fs.copy(folder .. name, dir .. "/new"))
      assert(fs.rename(dir .. "/new", dir .. "/Here"))
      zone.FOLDER = dir .. "/"
      for _ = 1, 2 do
        local looks = fs.calls()
        assert.equal(name == "Asia/Tokyo" and "JST" or "EAT", date(0, "%Z", "Here"))
        assert.is_true(fs.calls() > looks)
      end
    end
  end)

  it("needs no zone files for UTC", function()
    local folder = zone.FOLDER
    zone.FOLDER = "/nowhere/"
    finally(function()
      zone.FOLDER = folder
    end)
    assert.equal("1970-01-01 UTC +0000", date(0, "%F %Z %z", "UTC"))
    assert.matches("no zone files", problem(date, 0, "%F", "Africa/Nairobi"))
  end)

  it("knows rules for years that no zone file lists", function()
    local rule = require("engine.template.date.rule")
    local berlin = rule.parse("CET-1CEST,M3.5.0,M10.5.0/3")
    assert.equal("CEST", select(2, rule.at(berlin, 4118140799)))
    assert.equal(3600, (rule.at(berlin, 4102444800)))
    local sydney = rule.parse("AEST-10AEDT,M10.1.0,M4.1.0/3")
    assert.equal(39600, (rule.at(sydney, 4102444800)))
    assert.same({ name = "-03", offset = -10800 }, rule.parse("<-03>3"))
    assert.is_nil(rule.parse("nothing"))
  end)
end)
