--- Every report of the one recorded run, as agreed: tests/fixtures/golden/REPORT*.txt.
---
--- CLNRM_GOLDEN=write makes the files anew: read the difference then.
local fs = require("core.fs")
local recorded = dofile("tests/lua/report/recorded.lua")
local text = require("core.text")

local check = dofile("tests/tools/golden.lua")("tests/fixtures/golden/%s.txt")

local COMMANDS = { error = true, warning = true, group = true, endgroup = true }

--- What must hold of every report, whatever tests are called and print.
local function check_inert(got, is_ascii)
  got = got:gsub("\27%[[%d;]*m", "")
  assert.is_nil(got:find("[\0-\9\11-\31\127]"))
  assert.is_nil(text.bad_utf8(got))
  for line in got:gmatch("[^\n]+") do
    assert.is_nil(line:find("^%s*##%["))
    local command = line:match("^%s*::([%w_-]*)")
    assert.is_true(not command or COMMANDS[command], line)
  end
  for _, hidden in ipairs({ "\u{202e}", "\u{2028}", "\u{9b}" }) do
    assert.is_nil(got:find(hidden, 1, true))
  end
  if is_ascii then
    assert.is_nil(got:find("[\128-\255]"))
  end
end

describe("the recorded run", function()
  for _, name in ipairs({ "tap", "md", "github", "concise", "junit", "json" }) do
    it("is told by " .. name .. " as agreed", function()
      local got = recorded.render(name, {})
      check(name, got)
      if name ~= "json" and name ~= "junit" then -- they hold what was printed as it was
        check_inert(got)
      end
      assert.equal(got, recorded.render(name, {}))
    end)
  end

  for _, name in ipairs({ "line", "dot" }) do
    for _, width in ipairs({ 40, 80, 120, 200 }) do
      for _, charset in ipairs({ "ascii", "utf8" }) do
        for _, ink in ipairs({ "mono", "color" }) do
          local title = ("%s-%d-%s-%s"):format(name, width, charset, ink)
          it("looks as agreed: " .. title, function()
            local got = recorded.render(name, {
              width = width, fits = true, utf8 = charset == "utf8", color = ink == "color",
            })
            check(title, got)
            check_inert(got, charset == "ascii")
          end)
        end
      end
    end
  end

  it("is told by events as it was recorded", function()
    assert.equal(assert(fs.read(recorded.PATH)), recorded.render("events", {}))
  end)
end)
