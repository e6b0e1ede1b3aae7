--- The sheet of `make bench BENCHES=budgets`: what is within a budget, and what fails.
local sheets = dofile("bench/budgets/sheet.lua")

local function sheet_of(rows)
  local sheet = sheets.new()
  for _, row in ipairs(rows) do
    sheet:add(row)
  end
  return sheet
end

describe("bench/budgets/sheet", function()
  it("gives a time a tenth of what is published, and judges by p95", function()
    local samples = {}
    for ms = 1, 100 do
      samples[ms] = ms
    end
    local sheet = sheet_of({
      { name = "met", unit = "ms", samples = samples, published = 950 },
      { name = "missed", unit = "ms", samples = samples, published = 949 },
      { name = "at the limit", unit = "ms", samples = samples, published = 95 },
      { name = "over", unit = "ms", samples = samples, published = 94 },
    })
    local standings = {}
    for i, row in ipairs(sheet.rows) do
      standings[i] = row.standing
    end
    assert.same({ "met", "missed", "missed", "OVER" }, standings)
    assert.same({ "over" }, sheet:over())
  end)

  it("wants at least so many times, and keeps memory whole", function()
    local sheet = sheet_of({
      { name = "fast", unit = "×", samples = { 12 }, published = 10 },
      { name = "slow", unit = "×", samples = { 9.9 }, published = 10 },
      { name = "small", unit = "MB", samples = { 10 }, published = 10 },
      { name = "big", unit = "MB", samples = { 10.1 }, published = 10 },
    })
    assert.same({ "slow", "big" }, sheet:over())
  end)

  it("compares the middle with what is published as a mean", function()
    local samples = { 1, 1, 1, 1, 9 }
    local sheet = sheet_of({
      { name = "a", unit = "µs", samples = samples, published = 2, ours = 1, is_mean = true },
      { name = "b", unit = "µs", samples = samples, published = 0.9, is_mean = true },
      { name = "c", unit = "µs", samples = samples, published = 2 },
    })
    assert.equal("met", sheet.rows[1].standing)
    assert.same({ "b", "c" }, sheet:over())
  end)

  it("names the stage that is over", function()
    local sheet = sheets.new()
    sheet:time("warm", { 5e6 }, 100)
    sheet:stage("warm", "render", { 201e6 }, 200)
    assert.same({ "warm: render" }, sheet:over())
    assert.truthy(sheet:markdown():find("| warm | 201 / 201 OVER |\n", 1, true))
  end)

  it("refuses a row without a sample", function()
    assert.has_error(function()
      sheets.new():time("nothing", {}, 100)
    end)
  end)
end)
