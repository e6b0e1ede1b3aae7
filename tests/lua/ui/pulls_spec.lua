--- Pulls as rows of a region and as lines: nothing wider than the screen, nothing that is no text.
local progress_of = require("engine.docker.progress")
local pulls = require("engine.ui.pulls")
local show = require("engine.ui.show")
local text = require("core.text")

local HOSTILE = "r:5000/a\27[31m:1"

local function state()
  local one = progress_of.new(3)
  one:begin("redis:7", 0)
  one:begin(HOSTILE, 500)
  one.done = 1
  local function told(name, at, status, layer, current, total)
    one:on_progress(name, { status = status, layer = layer, current = current, total = total }, at)
  end
  told("redis:7", 1000, "Pulling from library/redis", "7")
  told("redis:7", 1000, "Pulling fs layer", "1a2b3c4d5e6f")
  told("redis:7", 1000, "Downloading", "1a2b3c4d5e6f", 0, 8000000)
  told("redis:7", 1500, "Download complete", "1a2b3c4d5e6f")
  told("redis:7", 1600, "Extracting", "1a2b3c4d5e6f", 1, 8000000)
  told("redis:7", 2000, "Downloading", "aaaaaaaaaaaa", 4000000, 20000000)
  told("redis:7", 2000, "Downloading", "bbb\27]0;x\7bbb", 0, 0)
  told(HOSTILE, 2100, "Waiting\27[2J", "c")
  return one
end

describe("pulls on a screen", function()
  it("fit any width, and hold no escape sequence that is not the screen's", function()
    for _, width in ipairs({ 10, 20, 40, 55, 56, 79, 80, 120, 200, 400 }) do
      for _, utf8 in ipairs({ true, false }) do
        local look = { width = width, utf8 = utf8, color = false }
        for _, rows in ipairs({ pulls.rows(state(), look, 2500, 8),
          pulls.image_rows(state(), look, 2500, 3) }) do
          for _, row in ipairs(rows) do
            assert.is_nil(row:find("%c"), row)
            assert.is_nil(text.bad_utf8(row))
            assert.is_true(width < 40 or show.width(row) <= width, ("%d: %s"):format(width, row))
            assert.is_true(utf8 or not row:find("[\128-\255]"), row)
          end
        end
      end
    end
  end)

  it("say how much of an image is there, and how fast it comes", function()
    local look = { width = 100, utf8 = true, color = false }
    local rows = pulls.rows(state(), look, 2500, 8)
    assert.matches("^ +Pulling [^ ]+ 1/3$", rows[1])
    assert.matches("^ +%[    2.5s%] redis:7  [^ ]+  42 %%  12.0/28.0 MB  12.0 MB/s$", rows[2])
    assert.matches("1a2b3c4d5e6f  extracting  8.0/8.0 MB$", rows[3])
    assert.matches("aaaaaaaaaaaa  downloading  4.0/20.0 MB$", rows[4])
    assert.is_true(#pulls.rows(state(), look, 2500, 3) <= 3)
    assert.matches("pulling redis:7 .*42 %%", pulls.image_rows(state(), look, 2500, 1)[1])
    local asked = progress_of.new()
    asked:begin("x", 0)
    assert.same({}, pulls.image_rows(asked, look, 9000, 3)) -- it may be there already
  end)

  it("are told in lines now and then where there is no screen", function()
    local one, lines = state(), {}
    local tell = pulls.teller({ width = 80, utf8 = false }, one, function(line)
      lines[#lines + 1] = line
    end)
    for at = 0, 12000, 250 do
      tell("redis:7", at)
    end
    tell("no such", 20000)
    assert.same({ "     pulling redis:7  42 %  12.0/28.0 MB\n",
      "     pulling redis:7  42 %  12.0/28.0 MB\n" }, lines)
    one:finish("redis:7")
    tell("redis:7", 30000)
    assert.equal(2, #lines)
  end)
end)
